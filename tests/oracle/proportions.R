# Intervals of one proportion in R 4.2.2: prop.test, binom.test, qbeta, formulas in base R; the
# mid-p interval is solved by uniroot from dbinom and pbinom. p values against 0.3: binom.test.
# Writes proportions.csv (one row a cell and confidence level) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/proportions.R
cells <- rbind(
  # every count of small groups, with both boundaries
  c(0, 1), c(1, 1), c(0, 2), c(1, 2), c(2, 2), cbind(0:10, 10),
  # groups of the size of open-label ketamine studies
  cbind(c(0, 1, 5, 14, 17, 26, 30, 31), 31), cbind(c(3, 12, 41, 55, 91), 91),
  # rare and common outcomes in large groups, beyond what 16 and 32 bits hold when squared
  c(1, 5000), c(40000, 70000), c(99999, 100000), c(7, 3000000)
)

# Solved on the logarithm of the rate, or of 1 - rate above 1/2: full relative precision.
solve_rate <- function(f, x, n) {
  side <- if (x <= n / 2) function(l) f(exp(l), 1 - exp(l)) else function(l) f(1 - exp(l), exp(l))
  l <- uniroot(side, c(-60, -1e-12), tol = 1e-16, maxiter = 10000)$root
  if (x <= n / 2) exp(l) else -expm1(l)
}

mid_p <- function(x, n, tail) {
  upper <- function(p, q) {
    if (p <= 0.5) pbinom(x, n, p, lower.tail = FALSE) + dbinom(x, n, p) / 2
    else pbinom(n - x - 1, n, q) + dbinom(n - x, n, q) / 2
  }
  lower <- function(p, q) {
    if (p <= 0.5) pbinom(x - 1, n, p) + dbinom(x, n, p) / 2
    else pbinom(n - x, n, q, lower.tail = FALSE) + dbinom(n - x, n, q) / 2
  }
  c(if (x == 0) 0 else solve_rate(function(p, q) upper(p, q) - tail, x, n),
    if (x == n) 1 else solve_rate(function(p, q) lower(p, q) - tail, x, n))
}

# prop.test drops the correction where exactly half have the outcome: there by uniroot.
corrected <- function(x, n, level, z) {
  if (2 * x != n) return(suppressWarnings(prop.test(x, n, conf.level = level))$conf.int)
  end <- function(sign) {
    gap <- function(p) sign * (x / n - p) - 1 / (2 * n) - z * sqrt(p * (1 - p) / n)
    uniroot(gap, if (sign > 0) c(0, x / n) else c(x / n, 1), tol = 1e-16, maxiter = 10000)$root
  }
  c(end(1), end(-1))
}

one <- function(x, n, level) {
  tail <- (1 - level) / 2
  z <- qnorm(1 - tail)
  p <- x / n
  wilson <- suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE))$conf.int
  exact <- binom.test(x, n, conf.level = level)$conf.int
  centre <- (x + z^2 / 2) / (n + z^2)
  coull <- centre + c(-1, 1) * z * sqrt(centre * (1 - centre) / (n + z^2))
  jeffreys <- qbeta(c(tail, 1 - tail), x + 0.5, n - x + 0.5)
  if (x == 0) jeffreys[1] <- 0
  if (x == n) jeffreys[2] <- 1
  with_correction <- corrected(x, n, level, z)
  halved <- mid_p(x, n, tail)
  wald <- p + c(-1, 1) * z * sqrt(p * (1 - p) / n)
  c(
    count = x, n = n, conf_level = level,
    "wilson.low" = wilson[1], "wilson.high" = wilson[2],
    "clopper-pearson.low" = exact[1], "clopper-pearson.high" = exact[2],
    "agresti-coull.low" = coull[1], "agresti-coull.high" = coull[2],
    "jeffreys.low" = jeffreys[1], "jeffreys.high" = jeffreys[2],
    "wald.low" = wald[1], "wald.high" = wald[2],
    "wilson-corrected.low" = with_correction[1], "wilson-corrected.high" = with_correction[2],
    "mid-p.low" = halved[1], "mid-p.high" = halved[2],
    "p_against_0.3" = binom.test(x, n, 0.3)$p.value
  )
}

rows <- list()
for (level in c(0.8, 0.95, 0.99)) {
  for (i in seq_len(nrow(cells))) {
    rows[[length(rows) + 1]] <- one(cells[i, 1], cells[i, 2], level)
  }
}
table <- as.data.frame(do.call(rbind, rows), check.names = FALSE)
table[] <- lapply(table, formatC, digits = 17, format = "g", width = 1)
write.csv(table, "tests/oracle/proportions.csv", row.names = FALSE, quote = FALSE)
