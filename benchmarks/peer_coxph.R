# Cox's model of one event by R's survival::coxph, Efron's ties.
#
#   Rscript peer_coxph.R ROWS.csv TINY.csv REPEATS

if (!requireNamespace("survival", quietly = TRUE)) {
  cat('{"not_run": "no R package survival"}\n')
  quit(status = 0)
}
suppressMessages(library(survival))

cox <- function(rows) {
  found <- summary(coxph(Surv(AVAL, event_code == 1) ~ TRT01P + AGE, rows))$coefficients
  c(found[, "coef"], found[, "se(coef)"])
}
read <- function(path) {
  rows <- read.csv(path)
  rows$TRT01P <- factor(rows$TRT01P, c("midazolam", "ketamine"))
  rows
}

given <- commandArgs(TRUE)
rows <- read(given[1])
invisible(cox(read(given[2])))
seconds <- numeric(as.integer(given[3]))
for (i in seq_along(seconds)) {
  start <- Sys.time()
  numbers <- cox(rows)
  seconds[i] <- as.numeric(Sys.time() - start, units = "secs")
}
cat(sprintf(
  '{"seconds": [%s], "peak": null, "answer": [%s]}\n',
  paste(sprintf("%.6f", seconds), collapse = ","), paste(sprintf("%.17g", numbers), collapse = ",")
))
