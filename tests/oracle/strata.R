# Two groups in several strata in R 4.2.2: stats::mantelhaen.test; metafor::rma.mh (Debian
# r-cran-metafor 3.8-1) for the Mantel-Haenszel difference and ratio, Breslow-Day and Tarone; the
# stratified Miettinen-Nurminen interval from its definition, the restricted likelihood of each
# stratum maximised by optimize, the limits by uniroot; the conditional odds ratio and its limits
# by uniroot from stats::dhyper convolved over strata (mantelhaen.test itself stops at 1.2e-4).
# Writes strata_data.csv (one row a stratum) and strata.csv (one row a set and confidence level)
# and reads nothing. Run from the repository's root: Rscript tests/oracle/strata.R
suppressMessages(library(metafor))
admitted <- UCBAdmissions  # Admit, Gender, Dept: women are group 1
berkeley <- t(apply(admitted, 3, function(t) c(t[1, 2], sum(t[, 2]), t[1, 1], sum(t[, 1]))))
sets <- list(
  sites = rbind(c(8, 20, 3, 21), c(5, 15, 2, 14), c(9, 12, 4, 11), c(2, 9, 2, 10), c(6, 8, 1, 7)),
  berkeley = berkeley,
  sparse = rbind(c(1, 1, 0, 1), c(0, 1, 0, 2), c(1, 2, 1, 1), c(2, 2, 0, 1), c(1, 1, 1, 1),
                 c(0, 2, 1, 3), c(1, 3, 0, 2), c(2, 3, 1, 2), c(1, 1, 0, 3), c(0, 1, 1, 1)),
  opposite = rbind(c(60, 100, 40, 100), c(20, 80, 45, 90)),
  one = rbind(c(17, 31, 9, 30)),
  unbalanced = rbind(c(2, 3, 11, 40), c(1, 2, 9, 35), c(1, 4, 2, 51)),
  none_in_reference = rbind(c(5, 12, 0, 11), c(3, 14, 0, 9), c(0, 6, 0, 7)),
  some_without_variation = rbind(c(0, 9, 0, 8), c(4, 10, 2, 12), c(6, 6, 5, 5), c(3, 7, 3, 9)),
  equal = rbind(c(5, 10, 10, 20), c(3, 12, 4, 16)),
  full_difference = rbind(c(4, 4, 0, 5), c(3, 3, 1, 4))
)

per <- function(count, rate) if (count == 0) 0 else if (rate <= 0) Inf else count / rate

# Rates under p1 - p0 = d: the root of the score of the restricted likelihood, or an end.
restricted <- function(x1, n1, x0, n0, d) {
  slope <- function(p) per(x0, p) + per(x1, p + d) - per(n0 - x0, 1 - p) - per(n1 - x1, 1 - p - d)
  low <- max(0, -d)
  high <- min(1, 1 - d)
  inside <- 1e-14 * (high - low)
  p0 <- if (high <= low || slope(low + inside) <= 0) low else
    if (slope(high - inside) >= 0) high else
      suppressWarnings(  # that infinite slopes at the ends become large numbers
        uniroot(slope, c(low + inside, high - inside), tol = 1e-17, maxiter = 10000)
      )$root
  c(min(max(p0 + d, 0), 1), p0)
}

mn_weights <- function(t, p) {
  w <- t[, 2] * t[, 4] / (t[, 2] + t[, 4])
  for (round in 1:2000) {
    r1 <- sum(w * p[1, ]) / sum(w)
    r0 <- sum(w * p[2, ]) / sum(w)
    if (r0 %in% c(0, 1) || r1 %in% c(0, 1)) {
      if (r0 * (1 - r0) + r1 * (1 - r1) == 0) return(w)
      return(1 / (r1 * (1 - r1) / t[, 2] + r0 * (1 - r0) / t[, 4]))
    }
    w <- 1 / (r1 * (1 - r1) / (r0 * (1 - r0)) / t[, 2] + 1 / t[, 4])
  }
  w
}

gap_and_error <- function(t, d, weights) {
  p <- apply(t, 1, function(r) restricted(r[1], r[2], r[3], r[4], d))
  n <- t[, 2] + t[, 4]
  w <- if (weights == "cmh") t[, 2] * t[, 4] / n else mn_weights(t, p)
  w <- w / sum(w)
  v <- (p[1, ] * (1 - p[1, ]) / t[, 2] + p[2, ] * (1 - p[2, ]) / t[, 4]) * n / (n - 1)
  c(sum(w * (t[, 1] / t[, 2] - t[, 3] / t[, 4])) - d, sqrt(sum(w^2 * v)))
}

stratified <- function(t, weights, z) {
  at <- function(d, sign) { g <- gap_and_error(t, d, weights); g[1] - sign * z * g[2] }
  solve_for <- function(f, low, high) {
    if (f(low) == 0) return(low)
    if (f(high) == 0) return(high)
    uniroot(f, c(low, high), tol = 1e-16, maxiter = 10000)$root
  }
  edge <- 1 - 1e-12
  estimate <- solve_for(function(d) gap_and_error(t, d, weights)[1], -edge, edge)
  high <- if (all(t[, 1] == t[, 2] & t[, 3] == 0)) 1 else
    solve_for(function(d) at(d, -1), estimate + 1e-12, edge)
  low <- if (all(t[, 1] == 0 & t[, 3] == t[, 4])) -1 else
    solve_for(function(d) at(d, 1), -edge, estimate - 1e-12)
  c(estimate, low, high)
}

# Totals of group 1 given all margins: log probabilities of each stratum, convolved.
totals <- function(t) {
  k <- 0
  p <- 1
  for (i in seq_len(nrow(t))) {
    m <- t[i, 1] + t[i, 3]
    own <- max(0, m - t[i, 4]):min(t[i, 2], m)
    d <- dhyper(own, t[i, 2], t[i, 4], m)
    q <- numeric(length(p) + length(d) - 1)
    for (j in seq_along(d)) q[j:(j + length(p) - 1)] <- q[j:(j + length(p) - 1)] + d[j] * p
    k <- (k[1] + own[1]):(k[length(k)] + own[length(own)])
    p <- q
  }
  list(k = k, p = p)
}

conditional <- function(t, tail) {
  total <- totals(t)
  k <- total$k
  s <- sum(t[, 1])
  given <- function(l) {
    w <- log(total$p) + l * (k - s)
    w <- exp(w - max(w))
    w / sum(w)
  }
  root <- function(f) exp(uniroot(f, c(-40, 40), tol = 1e-16, maxiter = 10000)$root)
  least <- s == min(k)
  most <- s == max(k)
  estimate <- if (least && most) NA else if (least) 0 else if (most) Inf else
    root(function(l) sum(k * given(l)) - s)
  ends <- function(share) c(
    if (least) 0 else root(function(l) sum(given(l)[k > s]) + share * sum(given(l)[k == s]) - tail),
    if (most) Inf else root(function(l) sum(given(l)[k < s]) + share * sum(given(l)[k == s]) - tail)
  )
  same <- total$p[k == s]
  c(estimate, ends(1), ends(0.5), sum(total$p[total$p <= same * (1 + 1e-7)]) - same / 2)
}

one <- function(t, level) {
  z <- qnorm(1 - (1 - level) / 2)
  several <- nrow(t) > 1
  array3 <- array(apply(t, 1, function(r) c(r[1], r[3], r[2] - r[1], r[4] - r[3])),
                  c(2, 2, nrow(t)))
  safely <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)
  mh <- if (several) safely(mantelhaen.test(array3, correct = FALSE, conf.level = level))
  corrected <- if (several) safely(mantelhaen.test(array3, conf.level = level))
  exact <- if (several) safely(mantelhaen.test(array3, exact = TRUE, conf.level = level))
  fit <- function(measure) {
    suppressWarnings(rma.mh(measure = measure, ai = t[, 1], n1i = t[, 2], ci = t[, 3],
                            n2i = t[, 4], level = 100 * level))
  }
  rd <- fit("RD")
  rr <- fit("RR")
  or <- fit("OR")
  w <- t[, 2] * t[, 4] / (t[, 2] + t[, 4])
  gr <- sqrt(sum(w^2 * (t[, 1] * (t[, 2] - t[, 1]) / t[, 2]^3 +
                          t[, 3] * (t[, 4] - t[, 3]) / t[, 4]^3))) / sum(w)
  cmh <- stratified(t, "cmh", z)
  mn <- stratified(t, "mn", z)
  given <- conditional(t, (1 - level) / 2)
  or_na <- function(x) if (is.null(x) || length(x) == 0) NA else x[[1]]
  finite <- is.finite(or$se)
  c(
    conf_level = level,
    cmh = or_na(mh$statistic), cmh_p = or_na(mh$p.value),
    corrected = or_na(corrected$statistic), corrected_p = or_na(corrected$p.value),
    odds_ratio = or_na(mh$estimate), odds_low = or_na(mh$conf.int[1]),
    odds_high = or_na(mh$conf.int[2]),
    exact_p = or_na(exact$p.value), r_estimate = or_na(exact$estimate),
    r_low = or_na(exact$conf.int[1]), r_high = or_na(exact$conf.int[2]),
    conditional = given[1], exact_low = given[2], exact_high = given[3],
    mid_low = given[4], mid_high = given[5], mid_p = given[6],
    difference = rd$beta[[1]], sato_low = rd$ci.lb, sato_high = rd$ci.ub, sato_p = rd$pval,
    robins_low = rd$beta[[1]] - z * gr, robins_high = rd$beta[[1]] + z * gr,
    log_ratio = if (is.finite(rr$se)) rr$beta[[1]] else NA,
    log_ratio_error = if (is.finite(rr$se)) rr$se else NA,
    ratio_p = if (is.finite(rr$se)) rr$pval else NA,
    breslow_day = if (several && finite) or$BD else NA,
    breslow_day_p = if (several && finite) or$BDp else NA,
    tarone = if (several && finite) or$TA else NA, tarone_p = if (several && finite) or$TAp else NA,
    cmh_estimate = cmh[1], cmh_low = cmh[2], cmh_high = cmh[3],
    mn_estimate = mn[1], mn_low = mn[2], mn_high = mn[3]
  )
}

written <- function(rows, file) {
  numbers <- vapply(rows, is.numeric, TRUE)
  rows[numbers] <- lapply(rows[numbers], function(x) {
    ifelse(is.na(x), "NA", formatC(x, digits = 17, format = "g", width = 1))
  })
  write.csv(rows, file.path("tests", "oracle", file), row.names = FALSE, quote = FALSE)
}

data <- results <- NULL
for (name in names(sets)) {
  t <- sets[[name]]
  data <- rbind(data, data.frame(set = name, x1 = t[, 1], n1 = t[, 2], x0 = t[, 3], n0 = t[, 4]))
  for (level in c(0.9, 0.95, 0.99)) {
    results <- rbind(results, data.frame(set = name, t(one(t, level))))
  }
}
written(data, "strata_data.csv")
written(results, "strata.csv")
