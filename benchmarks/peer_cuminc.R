# Cumulative incidence by R's cmprsk::cuminc, with its variance.
#
#   Rscript peer_cuminc.R ROWS.csv TINY.csv REPEATS

if (!requireNamespace("cmprsk", quietly = TRUE)) {
  cat('{"not_run": "no R package cmprsk"}\n')
  quit(status = 0)
}
suppressMessages(library(cmprsk))

incidence <- function(rows) timepoints(cuminc(rows$AVAL, rows$event_code), 30 * 1:10)$est["1 1", ]

given <- commandArgs(TRUE)
rows <- read.csv(given[1])
invisible(incidence(read.csv(given[2])))
seconds <- numeric(as.integer(given[3]))
for (i in seq_along(seconds)) {
  start <- Sys.time()
  shares <- incidence(rows)
  seconds[i] <- as.numeric(Sys.time() - start, units = "secs")
}
cat(sprintf(
  '{"seconds": [%s], "peak": null, "answer": [%s]}\n',
  paste(sprintf("%.6f", seconds), collapse = ","), paste(sprintf("%.17g", shares), collapse = ",")
))
