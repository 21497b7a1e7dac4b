# Kaplan-Meier curves, quantiles and step values of R's survival, with the data they come from.
# Run: Rscript tests/oracle/kaplan_meier.R   (R 4.2.2, survival 3.5-3; writes kaplan_meier.csv)
library(survival)

i <- 1:60
data_sets <- list(
  ties = data.frame(time = c(7, 14, 21, 28, 35)[(i * 7) %% 5 + 1], status = as.integer((i * 11) %% 7 > 1)),
  rounding = data.frame(
    time = c(0.1 + 0.2, 0.3, 0.5, 0.1 + 0.6, 0.7, 1.1 + 2.2, 3.3, 4),
    status = c(1, 1, 0, 1, 0, 1, 1, 0)
  ),
  all_censored = data.frame(time = c(3, 5, 5, 9), status = 0),
  no_censoring = data.frame(time = c(2, 2, 5, 8, 8, 8, 13, 21), status = 1),
  one_event = data.frame(time = c(4, 6, 6, 9, 12, 15), status = c(0, 0, 1, 0, 0, 0)),
  time_zero = data.frame(time = c(0, 0, 1, 2, 3, 3, 8), status = c(1, 0, 1, 0, 1, 0, 1)),
  flat_end = data.frame(time = c(1, 2, 3, 4), status = c(1, 1, 0, 0)),
  flat_middle = data.frame(time = c(1, 2, 3, 4, 5, 6), status = c(0, 1, 0, 1, 0, 1)),
  rising_limit = data.frame(
    time = c(rep(5, 40), rep(10, 30), rep(11, 26), 20:23),
    status = c(rep(1, 70), rep(0, 26), 1, 0, 0, 0)
  ),
  aml_maintained = data.frame(time = aml$time, status = aml$status)[aml$x == "Maintained", ],
  aml_nonmaintained = data.frame(time = aml$time, status = aml$status)[aml$x == "Nonmaintained", ],
  lung_women = data.frame(time = lung$time, status = lung$status - 1)[lung$sex == 2, ],
  entries = data.frame(
    time = 20 + (i * 37) %% 61 + (i %% 4) / 4,
    status = as.integer((i * 5) %% 8 > 2),
    entry = ifelse(i %% 3 == 0, 0, (i * 13) %% 19 + (i %% 2) / 2)
  ),
  entries_gap = data.frame(time = c(3, 4, 10, 11, 12), status = 1, entry = c(0, 0, 4, 9, 10))
)

columns <- c(
  "dataset", "record", "conf_type", "time", "status", "entry", "p", "n_at_risk", "n_event",
  "n_censored", "estimate", "std_error", "conf_low", "conf_high"
)
rows <- list()
add <- function(dataset, record, ...) {
  given <- data.frame(dataset = dataset, record = record, ..., stringsAsFactors = FALSE)
  given[setdiff(columns, names(given))] <- NA
  rows[[length(rows) + 1]] <<- given[columns]
}

for (name in names(data_sets)) {
  d <- data_sets[[name]]
  late <- !is.null(d$entry)
  if (late) add(name, "data", time = d$time, status = d$status, entry = d$entry)
  else add(name, "data", time = d$time, status = d$status)
  for (type in c("log-log", "log", "plain")) {
    fit <- if (late) survfit(Surv(entry, time, status) ~ 1, d, conf.type = type)
           else survfit(Surv(time, status) ~ 1, d, conf.type = type)
    add(name, "curve",
      conf_type = type, time = fit$time, n_at_risk = fit$n.risk, n_event = fit$n.event,
      n_censored = fit$n.censor, estimate = fit$surv, std_error = fit$std.err * fit$surv,
      conf_low = fit$lower, conf_high = fit$upper
    )
    p <- c(0.1, 0.25, 0.5, 0.75, 0.9)
    q <- quantile(fit, p)
    add(name, "quantile",
      conf_type = type, p = p, estimate = q$quantile, conf_low = q$lower, conf_high = q$upper
    )
    printed <- summary(fit)$table
    add(name, "printed_median",
      conf_type = type, p = 0.5, estimate = printed[["median"]],
      conf_low = printed[["0.95LCL"]], conf_high = printed[["0.95UCL"]]
    )
    last <- max(fit$time)
    s <- summary(fit, times = c(0, 0.31, 0.5, 0.77, 1) * last)
    add(name, "at",
      conf_type = type, time = s$time, n_at_risk = s$n.risk, estimate = s$surv,
      std_error = s$std.err, conf_low = s$lower, conf_high = s$upper
    )
  }
}

# S(t) is exactly one half in the middle of 1..n for every even n: p holds n here.
for (n in seq(2, 200, by = 2)) {
  q <- quantile(survfit(Surv(seq_len(n), rep(1, n)) ~ 1, conf.type = "log-log"), 0.5)
  add("even", "median", conf_type = "log-log", p = n, estimate = q$quantile,
      conf_low = q$lower, conf_high = q$upper)
}

out <- do.call(rbind, rows)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) ifelse(is.na(x), NA, formatC(x, digits = 17, format = "g", width = -1)))
write.csv(out, "tests/oracle/kaplan_meier.csv", row.names = FALSE, quote = FALSE, na = "")
