# Two proportions in R 4.2.2: score intervals from a likelihood that is maximised numerically
# under the restriction (no closed form), Newcombe from prop.test's Wilson ends, Wald and the
# logarithmic intervals from glm, chi-square from prop.test.
# Writes two_proportions.csv (one row a table and confidence level) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/two_proportions.R
tables <- rbind(
  # unbalanced small trials of ketamine's size, and a large one
  c(17, 31, 9, 30), c(8, 12, 3, 25), c(29, 64, 20, 65), c(110, 200, 71, 168), c(2, 40, 9, 38),
  c(46, 73, 25, 79),
  # equal rates
  c(5, 10, 10, 20), c(12, 20, 12, 20),
  # boundaries: none, all, opposite, single subjects
  c(0, 10, 0, 15), c(10, 10, 15, 15), c(10, 10, 0, 15), c(0, 10, 15, 15), c(0, 22, 7, 23),
  c(10, 25, 0, 25), c(25, 25, 11, 24), c(9, 20, 20, 20), c(1, 1, 0, 1), c(0, 1, 0, 1),
  c(1, 1, 1, 1), c(0, 1, 1, 1), c(1, 1, 3, 8), c(0, 1, 3, 8), c(1, 2, 1, 3),
  # rare and common side effects in large groups
  c(3, 4000, 9, 5000), c(1, 100000, 4, 90000), c(3998, 4000, 4990, 5000)
)

log_likelihood <- function(x, n, p) {
  part <- function(count, rate) ifelse(count == 0, 0, count * log(rate))
  part(x, p) + part(n - x, 1 - p)
}

# The p0 in (low, high) where the derivative of a concave log likelihood is zero: its end where
# it is monotone. optimize() finds the same to the square root of machine precision.
peak <- function(value, derivative, low, high) {
  if (high <= low) return(low)
  if (derivative(low) <= 0) return(low)
  if (derivative(high) >= 0) return(high)
  inner <- 1e-13 * (high - low)
  found <- uniroot(derivative, c(low + inner, high - inner), tol = 1e-300, maxiter = 10000)$root
  searched <- optimize(value, c(low, high), maximum = TRUE, tol = 1e-10)$maximum
  stopifnot(value(found) >= value(searched) - 1e-9 * (1 + abs(value(searched))))
  found
}

per <- function(count, rate) if (count == 0) 0 else if (rate <= 0) Inf else count / rate

# Rates under p1 - p0 = d.
under_difference <- function(x1, n1, x0, n0, d) {
  value <- function(p) log_likelihood(x0, n0, p) + log_likelihood(x1, n1, pmin(pmax(p + d, 0), 1))
  derivative <- function(p) {
    per(x0, p) + per(x1, p + d) - per(n0 - x0, 1 - p) - per(n1 - x1, 1 - p - d)
  }
  p0 <- peak(value, derivative, max(0, -d), min(1, 1 - d))
  c(min(max(p0 + d, 0), 1), p0)
}

# Rates under p1 / p0 = r.
under_ratio <- function(x1, n1, x0, n0, r) {
  value <- function(p) log_likelihood(x0, n0, p) + log_likelihood(x1, n1, pmin(r * p, 1))
  derivative <- function(p) {
    per(x0 + x1, p) - per(n0 - x0, 1 - p) - r * per(n1 - x1, 1 - r * p)
  }
  p0 <- peak(value, derivative, 0, min(1, 1 / r))
  c(min(r * p0, 1), p0)
}

root <- function(f, low, high) {
  if (f(low) == 0) return(low)
  if (f(high) == 0) return(high)
  uniroot(f, c(low, high), tol = 1e-16, maxiter = 10000)$root
}

# Ends of a score interval of the difference: estimate minus d against z standard errors.
score_difference <- function(x1, n1, x0, n0, z, factor) {
  observed <- x1 / n1 - x0 / n0
  excess <- function(d, sign) {
    p <- under_difference(x1, n1, x0, n0, d)
    sign * (observed - d) - z * sqrt(factor * (p[1] * (1 - p[1]) / n1 + p[2] * (1 - p[2]) / n0))
  }
  aside <- 1e-12
  low <- if (observed == -1) -1 else root(function(d) excess(d, 1), -1, observed - aside)
  high <- if (observed == 1) 1 else root(function(d) excess(d, -1), observed + aside, 1)
  c(low, high)
}

score_ratio <- function(x1, n1, x0, n0, z, factor) {
  excess <- function(log_r, sign) {
    r <- exp(log_r)
    p <- under_ratio(x1, n1, x0, n0, r)
    variance <- p[1] * (1 - p[1]) / n1 + r^2 * p[2] * (1 - p[2]) / n0
    sign * (x1 / n1 - r * x0 / n0) - z * sqrt(factor * variance)
  }
  centre <- if (x1 > 0 && x0 > 0) log(x1 / n1 / (x0 / n0)) else 0
  aside <- if (x1 > 0 && x0 > 0) 1e-10 else -25
  low <- if (x1 == 0) 0 else exp(root(function(l) excess(l, 1), -30, centre - aside))
  high <- if (x0 == 0) Inf else exp(root(function(l) excess(l, -1), centre + aside, 30))
  c(low, high)
}

# Ends of a score interval of the odds ratio: under a log odds ratio b the intercept is the one
# that reproduces the number with the outcome, and x1 is held against its fitted expectation.
score_odds <- function(x1, n1, x0, n0, z, factor) {
  excess <- function(b, sign) {
    total <- function(a) n1 * plogis(a + b) + n0 * plogis(a) - x1 - x0
    a <- uniroot(total, c(-90, 90), tol = 1e-16, maxiter = 10000)$root
    v <- function(l) plogis(l) * plogis(-l)
    information <- 1 / (1 / (n1 * v(a + b)) + 1 / (n0 * v(a)))
    sign * (x1 - n1 * plogis(a + b)) - z * sqrt(factor * information)
  }
  m <- x1 + x0
  if (m == 0 || m == n1 + n0) return(c(0, Inf))
  low <- if (x1 == max(0, m - n0)) 0 else exp(root(function(b) excess(b, 1), -30, 30))
  high <- if (x1 == min(n1, m)) Inf else exp(root(function(b) excess(b, -1), -30, 30))
  c(low, high)
}

# A saturated binomial model: coefficient and standard error of the group on the link's scale.
# Where Fisher scoring stops depends on the start, so it starts at the observed rates.
modelled <- function(x1, n1, x0, n0, link) {
  scale <- binomial(link)$linkfun
  start <- c(scale(x0 / n0), scale(x1 / n1) - scale(x0 / n0))
  fit <- glm(cbind(c(x0, x1), c(n0 - x0, n1 - x1)) ~ c(0, 1), family = binomial(link),
             start = start, control = list(epsilon = 1e-12, maxit = 50))
  summary(fit)$coefficients[2, 1:2]
}

wald <- function(model, z) {
  c(model[[1]], model[[1]] + c(-1, 1) * z * model[[2]], 2 * pnorm(-abs(model[[1]] / model[[2]])))
}

one <- function(x1, n1, x0, n0, level) {
  z <- qnorm(1 - (1 - level) / 2)
  total <- n1 + n0
  inner <- x1 > 0 && x0 > 0 && x1 < n1 && x0 < n0
  varies <- x1 + x0 > 0 && x1 + x0 < total
  ends <- function(x, n) {
    suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE))$conf.int
  }
  w1 <- ends(x1, n1)
  w0 <- ends(x0, n0)
  d <- x1 / n1 - x0 / n0
  newcombe <- c(d - sqrt((x1 / n1 - w1[1])^2 + (w0[2] - x0 / n0)^2),
                d + sqrt((w1[2] - x1 / n1)^2 + (x0 / n0 - w0[1])^2))
  test <- suppressWarnings(prop.test(c(x1, x0), c(n1, n0), correct = FALSE))
  chi <- if (varies) test$statistic[[1]] else NA
  mn <- score_difference(x1, n1, x0, n0, z, total / (total - 1))
  mee <- score_difference(x1, n1, x0, n0, z, 1)
  ratio <- score_ratio(x1, n1, x0, n0, z, total / (total - 1))
  cornfield <- score_odds(x1, n1, x0, n0, z, 1)
  mn_odds <- score_odds(x1, n1, x0, n0, z, total / (total - 1))
  corrected <- suppressWarnings(prop.test(c(x1, x0), c(n1, n0)))
  identity <- if (inner) wald(modelled(x1, n1, x0, n0, "identity"), z) else rep(NA, 4)
  logged <- if (inner) wald(modelled(x1, n1, x0, n0, "log"), z) else rep(NA, 4)
  logits <- if (inner) wald(modelled(x1, n1, x0, n0, "logit"), z) else rep(NA, 4)
  c(
    x1 = x1, n1 = n1, x0 = x0, n0 = n0, conf_level = level, difference = d,
    mn_low = mn[1], mn_high = mn[2],
    mn_p = if (varies) pchisq(chi * (total - 1) / total, 1, lower.tail = FALSE) else NA,
    mee_low = mee[1], mee_high = mee[2], newcombe_low = newcombe[1], newcombe_high = newcombe[2],
    chi_square = chi, chi_square_p = if (varies) test$p.value else NA,
    wald_low = identity[2], wald_high = identity[3], wald_p = identity[4],
    ratio = x1 / n1 / (x0 / n0), ratio_mn_low = ratio[1], ratio_mn_high = ratio[2],
    katz = exp(logged[1]), katz_low = exp(logged[2]), katz_high = exp(logged[3]),
    katz_p = logged[4],
    odds_ratio = exp(logits[1]), odds_low = exp(logits[2]), odds_high = exp(logits[3]),
    odds_p = logits[4],
    cornfield_low = cornfield[1], cornfield_high = cornfield[2],
    odds_mn_low = mn_odds[1], odds_mn_high = mn_odds[2],
    yates = if (varies) corrected$statistic[[1]] else NA,
    yates_p = if (varies) corrected$p.value else NA
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
write.csv(table, "tests/oracle/two_proportions.csv", row.names = FALSE, quote = FALSE)
