# The interval-censored estimate by R: survival::survfit, or icenReg::ic_np where it is installed.
#
#   Rscript peer_interval_censored.R survfit|icenReg DATA.csv TINY.csv REPEATS

given <- commandArgs(TRUE)
package <- if (given[1] == "survfit") "survival" else "icenReg"
if (!requireNamespace(package, quietly = TRUE)) {
  cat(sprintf('{"not_run": "no R package %s"}\n', package))
  quit(status = 0)
}
suppressMessages(library(package, character.only = TRUE))

by_survfit <- function(rows) {
  ends <- Surv(ifelse(rows$low == 0, NA, rows$low), ifelse(is.finite(rows$high), rows$high, NA),
               type = "interval2")
  fitted <- survfit(ends ~ 1)
  function(t) c(1, fitted$surv)[findInterval(t, fitted$time) + 1]
}

by_icenreg <- function(rows) {
  fitted <- ic_np(cbind(rows$low, rows$high))
  ends <- fitted$T_bull_Intervals[2, ]
  function(t) 1 - sapply(t, function(one) sum(fitted$p_hat[ends <= one]))
}

curve <- if (given[1] == "survfit") by_survfit else by_icenreg
rows <- read.csv(given[2])
invisible(curve(read.csv(given[3])))
seconds <- numeric(as.integer(given[4]))
for (i in seq_along(seconds)) {
  start <- Sys.time()
  found <- curve(rows)
  seconds[i] <- as.numeric(Sys.time() - start, units = "secs")
}
times <- sort(unique(c(rows$low, rows$high[is.finite(rows$high)])))
cat(sprintf('{"seconds": [%s], "peak": null, "answer": [%s]}\n',
            paste(sprintf("%.6f", seconds), collapse = ","),
            paste(sprintf("%.12g", found(times)), collapse = ",")))
