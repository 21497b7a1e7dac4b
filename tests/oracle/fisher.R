# Fisher's exact test in R 4.2.2: fisher.test, and the same equations solved to the last digit.
# fisher.test stops its search for the odds ratio and its ends where uniroot stops by default
# (1.2e-4 of the odds ratio, or of its inverse above 1).
# Mid-p counts the observed table half: p of fisher.test less half its probability, and twice the
# smaller tail by epitools::ormidp.test (which wants no empty margin).
# Writes fisher.csv (one row a table and confidence level) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/fisher.R
tables <- rbind(
  c(3, 4, 1, 4),
  c(17, 31, 9, 30), c(8, 12, 3, 25), c(29, 64, 20, 65), c(110, 200, 71, 168), c(2, 40, 9, 38),
  c(46, 73, 25, 79), c(5, 10, 10, 20), c(12, 20, 12, 20),
  c(10, 10, 0, 15), c(0, 10, 15, 15), c(0, 22, 7, 23), c(10, 25, 0, 25), c(25, 25, 11, 24),
  c(9, 20, 20, 20), c(1, 1, 0, 1), c(0, 1, 1, 1), c(1, 1, 3, 8), c(0, 1, 3, 8), c(1, 2, 1, 3),
  c(0, 10, 0, 15), c(10, 10, 15, 15), c(1, 1, 1, 1),
  c(3, 4000, 9, 5000), c(400, 4000, 520, 5000)
)

# Probabilities of the number with the outcome in group 1, given all margins and the log odds
# ratio, by the central hypergeometric distribution.
probability <- function(k, n1, n0, m, log_odds) {
  weight <- dhyper(k, n1, n0, m, log = TRUE) + log_odds * k
  weight <- exp(weight - max(weight))
  weight / sum(weight)
}

solve_for <- function(f) exp(uniroot(f, c(-40, 40), tol = 1e-16, maxiter = 10000)$root)

one <- function(x1, n1, x0, n0, level) {
  r <- fisher.test(rbind(c(x1, n1 - x1), c(x0, n0 - x0)), conf.level = level)
  m <- x1 + x0
  k <- max(0, m - n0):min(n1, m)
  tail <- (1 - level) / 2
  given <- function(log_odds) probability(k, n1, n0, m, log_odds)
  least <- x1 == min(k)
  most <- x1 == max(k)
  estimate <- if (least && most) NA else if (least) 0 else if (most) Inf else
    solve_for(function(l) sum(k * given(l)) - x1)
  low <- if (least) 0 else solve_for(function(l) sum(given(l)[k >= x1]) - tail)
  high <- if (most) Inf else solve_for(function(l) sum(given(l)[k <= x1]) - tail)
  upper <- function(l) sum(given(l)[k > x1]) + sum(given(l)[k == x1]) / 2
  lower <- function(l) sum(given(l)[k < x1]) + sum(given(l)[k == x1]) / 2
  mid_low <- if (least) 0 else solve_for(function(l) upper(l) - tail)
  mid_high <- if (most) Inf else solve_for(function(l) lower(l) - tail)
  central <- if (least && most) 1 else
    epitools::ormidp.test(x1, n1 - x1, x0, n0 - x0)$two.sided
  c(
    x1 = x1, n1 = n1, x0 = x0, n0 = n0, conf_level = level, p = r$p.value,
    r_estimate = r$estimate[[1]], r_low = r$conf.int[1], r_high = r$conf.int[2],
    estimate = estimate, low = low, high = high,
    mid_low = mid_low, mid_high = mid_high,
    mid_p = r$p.value - dhyper(x1, n1, n0, m) / 2, central_mid_p = central
  )
}

rows <- list()
for (level in c(0.9, 0.95, 0.99)) {
  for (i in seq_len(nrow(tables))) {
    rows[[length(rows) + 1]] <- do.call(one, as.list(c(tables[i, ], level)))
  }
}
table <- as.data.frame(do.call(rbind, rows))
table[] <- lapply(table, function(x) {
  ifelse(is.na(x), "NA", formatC(x, digits = 17, format = "g", width = 1))
})
write.csv(table, "tests/oracle/fisher.csv", row.names = FALSE, quote = FALSE)
