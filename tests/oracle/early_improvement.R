# A yes-or-no prediction against the outcome in R 4.2.2: shares by stats::binom.test, likelihood
# ratios by epiR::epi.tests (Simel), Cohen's kappa with its asymptotic standard error by
# vcd::Kappa. Writes early_improvement.csv (one row a table and measure) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/early_improvement.R
suppressMessages({
  library(epiR)
  library(vcd)
})

tables <- rbind(c(12, 3, 5, 11), c(17, 4, 6, 21), c(1, 9, 2, 40), c(30, 30, 30, 30), c(7, 1, 6, 34),
                c(2, 60, 1, 150), c(5, 20, 9, 3))  # the last is worse than chance
rows <- NULL
for (k in seq_len(nrow(tables))) {
  v <- tables[k, ]
  m <- matrix(v, 2, byrow = TRUE)  # rows: predicted or not; columns: outcome or not
  share <- function(measure, count, n) {
    b <- binom.test(count, n)
    data.frame(measure, estimate = count / n, low = b$conf.int[1], high = b$conf.int[2])
  }
  e <- epi.tests(as.table(m), method = "exact")$detail
  ratio <- function(measure, name) {
    at <- e[e$statistic == name, ]
    data.frame(measure, estimate = at$est, low = at$lower, high = at$upper)
  }
  kappa <- Kappa(m)$Unweighted
  half <- qnorm(0.975) * kappa[["ASE"]]
  one <- rbind(
    share("sensitivity", v[1], v[1] + v[3]), share("specificity", v[4], v[2] + v[4]),
    share("positive predictive value", v[1], v[1] + v[2]),
    share("negative predictive value", v[4], v[3] + v[4]), share("accuracy", v[1] + v[4], sum(v)),
    ratio("positive likelihood ratio", "lr.pos"), ratio("negative likelihood ratio", "lr.neg"),
    data.frame(measure = "kappa", estimate = kappa[["value"]], low = kappa[["value"]] - half,
               high = kappa[["value"]] + half))
  rows <- rbind(rows, cbind(a = v[1], b = v[2], c = v[3], d = v[4], one))
}
for (column in c("estimate", "low", "high")) rows[[column]] <- sprintf("%.15g", rows[[column]])
write.csv(rows, "tests/oracle/early_improvement.csv", row.names = FALSE, quote = FALSE)
