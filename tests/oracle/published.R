# Shares free of an event beside published counts, in R 4.2.2: survival::survfit (log-log, log and
# plain intervals) for the curve, prop.test without continuity correction for Wilson's ends, and
# the method of variance estimates recovery (Zou and Donner 2008, equation 6) from both.
# Writes published.csv and published_data.csv, and reads nothing but R's own data (survival::veteran, lung, ovarian).
# Run from the repository's root: Rscript tests/oracle/published.R
suppressPackageStartupMessages(library(survival))
curves <- list(
  veteran = with(veteran, Surv(time, status)),
  lung = with(lung, Surv(time, status == 2)),
  ovarian = with(ovarian, Surv(futime, fustat))
)
theirs <- list(c(6, 8, 156), c(17, 24, 200), c(5, 9, 365), c(0, 12, 100), c(30, 30, 300))
rows <- NULL
for (name in names(curves)) for (type in c("log-log", "log", "plain")) for (one in theirs) {
  fit <- survfit(curves[[name]] ~ 1, conf.type = type)
  own <- summary(fit, times = one[3], extend = FALSE)
  wilson <- suppressWarnings(prop.test(one[1], one[2], correct = FALSE))$conf.int
  p <- one[1] / one[2]
  d <- own$surv - p
  rows <- rbind(rows, data.frame(
    set = name, conf_type = type, count = one[1], n = one[2], time = one[3],
    estimate = own$surv, conf_low = own$lower, conf_high = own$upper,
    published_low = max(0, wilson[1]), published_high = min(1, wilson[2]), difference = d,
    difference_low = d - sqrt((own$surv - own$lower)^2 + (wilson[2] - p)^2),
    difference_high = d + sqrt((own$upper - own$surv)^2 + (p - wilson[1])^2)))
}
write.csv(format(rows, digits = 15, trim = TRUE), "tests/oracle/published.csv",
          row.names = FALSE, quote = FALSE)
data <- do.call(rbind, lapply(names(curves), function(s) {
  own <- as.matrix(curves[[s]])
  data.frame(set = s, AVAL = own[, 1], CNSR = 1 - own[, 2])
}))
write.csv(data, "tests/oracle/published_data.csv", row.names = FALSE, quote = FALSE)
