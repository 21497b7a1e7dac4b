# Restricted means to a horizon, and contrasts of two groups.
# Run: Rscript tests/oracle/restricted_mean.R   (R 4.2.2, survival 3.5-3; writes restricted_mean.csv)
# Mean and standard error: survival::survfit's rmean. Contrasts: the delta method, written out
# (Uno et al. 2014, J Clin Oncol 32:2380), as R's survRM2.
library(survival)

i <- 1:90
data_sets <- list(
  aml = data.frame(time = aml$time, status = aml$status, group = as.integer(aml$x == "Nonmaintained"), entry = 0),
  ties = data.frame(time = c(7, 14, 21, 28)[(i * 7) %% 4 + 1], status = as.integer((i * 11) %% 7 > 1), group = (i %/% 5) %% 2, entry = 0),
  unbalanced = data.frame(time = (i * 37) %% 101 + 1, status = as.integer((i * 5) %% 9 > 3), group = as.integer(i %% 6 == 0), entry = 0),
  all_events = data.frame(time = c(2, 3, 3, 5, 9, 4, 6, 6, 7, 12), status = 1, group = rep(0:1, each = 5), entry = 0),
  late = data.frame(time = 12 + (i * 17) %% 23, status = as.integer((i * 5) %% 8 > 2), group = i %% 2, entry = ifelse(i %% 3 == 0, 0, (i * 7) %% 11)),
  thirds = data.frame(time = ((i * 31) %% 40 + 1) / 3, status = as.integer((i * 3) %% 5 > 1), group = i %% 2, entry = 0)
)
horizons <- list(aml = c(10, 31), ties = c(14, 20, 28), unbalanced = c(40, 70), all_events = c(5, 8), late = c(20, 30), thirds = c(5, 10 / 3))

out <- list()
add <- function(...) {
  row <- data.frame(..., stringsAsFactors = FALSE)
  all <- c("dataset", "record", "time", "status", "group", "entry", "tau", "estimate", "std_error", "low", "high", "p_value")
  row[setdiff(all, names(row))] <- NA
  out[[length(out) + 1]] <<- row[all]
}
z <- qnorm(0.975)
for (name in names(data_sets)) {
  d <- data_sets[[name]]
  add(dataset = name, record = "data", time = d$time, status = d$status, group = d$group, entry = d$entry)
  for (tau in horizons[[name]]) {
    found <- lapply(0:1, function(g) {
      mine <- d[d$group == g, ]
      fit <- if (any(d$entry > 0)) survfit(Surv(entry, time, status) ~ 1, mine) else survfit(Surv(time, status) ~ 1, mine)
      table <- summary(fit, rmean = tau)$table
      unname(table[c("rmean", "se(rmean)")])
    })
    for (g in 0:1) add(dataset = name, record = "mean", group = g, tau = tau, estimate = found[[g + 1]][1], std_error = found[[g + 1]][2])
    a <- found[[2]]; b <- found[[1]]
    se <- sqrt(a[2]^2 + b[2]^2)
    add(dataset = name, record = "difference", tau = tau, estimate = a[1] - b[1], std_error = se,
      low = a[1] - b[1] - z * se, high = a[1] - b[1] + z * se, p_value = 2 * pnorm(-abs((a[1] - b[1]) / se)))
    for (record in c("ratio", "ratio of time lost")) {
      top <- if (record == "ratio") a[1] else tau - a[1]
      bottom <- if (record == "ratio") b[1] else tau - b[1]
      se <- sqrt((a[2] / top)^2 + (b[2] / bottom)^2)
      add(dataset = name, record = record, tau = tau, estimate = top / bottom, std_error = se,
        low = exp(log(top / bottom) - z * se), high = exp(log(top / bottom) + z * se), p_value = 2 * pnorm(-abs(log(top / bottom) / se)))
    }
  }
}
out <- do.call(rbind, out)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) ifelse(is.na(x), NA, formatC(x, digits = 17, format = "g", width = -1)))
write.csv(out, "tests/oracle/restricted_mean.csv", row.names = FALSE, quote = FALSE, na = "")
