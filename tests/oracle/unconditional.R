# Unconditional exact tests in R 4.2.2, from their definitions: the statistic of every table, the
# probability of the tables at least as extreme as the one seen, the largest over common rates by
# a grid of 4001 rates and stats::optimize round its five highest points.
# Boschloo: twice the smaller of the one-sided tests whose statistic is Fisher's one-sided p value
# (stats::phyper). Barnard: squared pooled z, as stats::prop.test without correction.
# Writes unconditional.csv (one row a table) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/unconditional.R
tables <- rbind(
  c(12, 16, 5, 15), c(17, 31, 9, 30), c(8, 12, 3, 25), c(7, 12, 5, 12), c(3, 4, 1, 4),
  c(2, 40, 9, 38), c(10, 25, 0, 25), c(0, 22, 1, 23), c(25, 25, 11, 24), c(1, 1, 0, 1),
  c(1, 2, 1, 3), c(5, 10, 10, 20), c(16, 52, 9, 45), c(12, 20, 10, 20), c(9, 15, 16, 16),
  c(29, 64, 20, 65), c(1, 60, 4, 7)
)
rates <- sin(seq(0, pi / 2, length.out = 4001))^2

largest <- function(extreme, n1, n0) {
  chance <- function(p) sum(dbinom(0:n1, n1, p) * (extreme %*% dbinom(0:n0, n0, p)))
  at <- vapply(rates, chance, 0)
  found <- vapply(order(at, decreasing = TRUE)[1:5], function(i) {
    ends <- c(rates[max(1, i - 1)], rates[min(length(rates), i + 1)])
    optimize(chance, ends, maximum = TRUE, tol = 1e-12)$objective
  }, 0)
  max(at, found)
}

one <- function(x1, n1, x0, n0) {
  same <- 1 + 1e-7
  low <- outer(0:n1, 0:n0, function(a, b) phyper(a, n1, n0, a + b))
  high <- outer(0:n1, 0:n0, function(a, b) phyper(a - 1, n1, n0, a + b, lower.tail = FALSE))
  z <- outer(0:n1, 0:n0, function(a, b) {
    pooled <- (a + b) / (n1 + n0)
    z <- (a / n1 - b / n0) / sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    ifelse(is.nan(z), 0, z)
  })
  seen <- cbind(x1 + 1, x0 + 1)
  tails <- c(largest(low <= low[seen] * same, n1, n0), largest(high <= high[seen] * same, n1, n0))
  c(
    x1 = x1, n1 = n1, x0 = x0, n0 = n0, boschloo = min(1, 2 * min(tails)),
    barnard = min(1, largest(z^2 * same >= z[seen]^2, n1, n0))
  )
}

table <- as.data.frame(do.call(rbind, lapply(seq_len(nrow(tables)), function(i) {
  do.call(one, as.list(tables[i, ]))
})))
table[] <- lapply(table, formatC, digits = 17, format = "g", width = 1)
write.csv(table, "tests/oracle/unconditional.csv", row.names = FALSE, quote = FALSE)
