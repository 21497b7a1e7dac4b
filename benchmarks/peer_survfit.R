# Kaplan-Meier by R's survival::survfit with log-log intervals.
#
#   Rscript peer_survfit.R TIMES.csv TINY.csv REPEATS

if (!requireNamespace("survival", quietly = TRUE)) {
  cat('{"not_run": "no R package survival"}\n')
  quit(status = 0)
}
suppressMessages(library(survival))

curve <- function(times) {
  fitted <- survfit(Surv(AVAL, CNSR == 0) ~ 1, data = times, conf.type = "log-log")
  data.frame(unclass(fitted)[c("time", "surv", "lower", "upper", "n.event")])
}

given <- commandArgs(TRUE)
times <- read.csv(given[1])
invisible(curve(read.csv(given[2])))
seconds <- numeric(as.integer(given[3]))
for (i in seq_along(seconds)) {
  start <- Sys.time()
  table <- curve(times)
  seconds[i] <- as.numeric(Sys.time() - start, units = "secs")
}
table <- table[table$n.event > 0, ]
rows <- sprintf("[%.17g,%.17g,%.17g,%.17g]", table$time, table$surv, table$lower, table$upper)
cat(sprintf(
  '{"seconds": [%s], "peak": null, "answer": [%s]}\n',
  paste(sprintf("%.6f", seconds), collapse = ","), paste(rows, collapse = ",")
))
