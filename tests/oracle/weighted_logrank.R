# Weighted log-rank tests and tests for trend, on the data sets of logrank.csv.
# Run: Rscript tests/oracle/weighted_logrank.R   (R 4.2.2, survival 3.5-3; writes weighted_logrank.csv)
# rho: survival::survdiff. The other weights and the trend: the formulas of Klein and Moeschberger
# (2003), sections 7.3 and 7.4, one event time after the other.
library(survival)

given <- read.csv("tests/oracle/logrank.csv")
given <- given[given$record == "data" & is.na(given$entry), c("dataset", "time", "status", "group", "stratum")]
# Times that differ by rounding only are one time, as survdiff's timefix has it.
given$time <- ave(given$time, given$dataset, FUN = function(x) aeqSurv(Surv(x))[, 1])

weight <- list(
  "log-rank" = function(n, d) rep(1, length(n)),
  "gehan" = function(n, d) n,
  "tarone-ware" = function(n, d) sqrt(n),
  "peto-peto" = function(n, d) cumprod(1 - d / (n + 1)),
  "modified-peto-peto" = function(n, d) cumprod(1 - d / (n + 1)) * n / (n + 1),
  "0 1" = function(n, d) (1 - c(1, cumprod(1 - d / n))[seq_along(n)]),
  "1 0" = function(n, d) c(1, cumprod(1 - d / n))[seq_along(n)],
  "1 1" = function(n, d) { s <- c(1, cumprod(1 - d / n))[seq_along(n)]; s * (1 - s) },
  "0.5 2" = function(n, d) { s <- c(1, cumprod(1 - d / n))[seq_along(n)]; sqrt(s) * (1 - s)^2 }
)

sums <- function(rows, k, weigh) {
  u <- numeric(k); v <- matrix(0, k, k)
  at <- sort(unique(rows$time[rows$status == 1]))
  if (!length(at)) return(list(u = u, v = v))
  n <- sapply(at, function(t) sum(rows$time >= t))
  d <- sapply(at, function(t) sum(rows$time == t & rows$status == 1))
  w <- weigh(n, d)
  for (j in seq_along(at)) {
    ng <- sapply(0:(k - 1), function(g) sum(rows$time >= at[j] & rows$group == g))
    dg <- sapply(0:(k - 1), function(g) sum(rows$time == at[j] & rows$status == 1 & rows$group == g))
    u <- u + w[j] * (dg - d[j] * ng / n[j])
    if (n[j] > 1) {
      share <- ng / n[j]
      v <- v + w[j]^2 * d[j] * (n[j] - d[j]) / (n[j] - 1) * (diag(share) - outer(share, share))
    }
  }
  list(u = u, v = v)
}

out <- list()
add <- function(...) out[[length(out) + 1]] <<- data.frame(..., stringsAsFactors = FALSE)
for (name in unique(given$dataset)) {
  rows <- given[given$dataset == name, ]
  k <- max(rows$group) + 1
  for (kind in c("all", "stratified")) {
    parts <- if (kind == "all") list(rows) else split(rows, rows$stratum)
    for (label in names(weight)) {
      each <- lapply(parts, sums, k, weight[[label]])
      u <- Reduce(`+`, lapply(each, `[[`, "u")); v <- Reduce(`+`, lapply(each, `[[`, "v"))
      at_risk <- Reduce(`+`, lapply(lapply(parts, sums, k, weight[["log-rank"]]), function(p) diag(p$v))) > 0
      keep <- which(at_risk)[-1]
      if (length(keep) && qr(v[keep, keep, drop = FALSE])$rank == length(keep)) {
        chisq <- drop(u[keep] %*% solve(v[keep, keep, drop = FALSE], u[keep]))
        add(dataset = name, kind = kind, weights = label, test = "k groups", statistic = chisq,
          df = length(keep), p_value = pchisq(chisq, length(keep), lower.tail = FALSE))
      }
      scores <- (0:(k - 1))^2
      spread <- drop(scores %*% v %*% scores)
      if (spread > 1e-9) {
        chisq <- sum(scores * u)^2 / spread
        add(dataset = name, kind = kind, weights = label, test = "trend", statistic = chisq, df = 1,
          p_value = pchisq(chisq, 1, lower.tail = FALSE))
      }
    }
    for (rho in c(0.5, 1, 2)) {
      test <- if (kind == "all") survdiff(Surv(time, status) ~ group, rows, rho = rho)
              else survdiff(Surv(time, status) ~ group + strata(stratum), rows, rho = rho)
      total <- if (is.matrix(test$exp)) rowSums(test$exp) else test$exp
      df <- sum(total > 0) - 1
      add(dataset = name, kind = kind, weights = paste(rho, "0"), test = "survdiff", statistic = test$chisq,
        df = df, p_value = pchisq(test$chisq, df, lower.tail = FALSE))
    }
  }
}
out <- do.call(rbind, out)
numbers <- c("statistic", "p_value")
out[numbers] <- lapply(out[numbers], formatC, digits = 17, format = "g", width = -1)
write.csv(out, "tests/oracle/weighted_logrank.csv", row.names = FALSE, quote = FALSE)
