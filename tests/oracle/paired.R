# The same subjects twice and more in R 4.2.2: t.test, wilcox.test, coin, exactRankTests, binom.test,
# effectsize, friedman.test. Writes paired.csv and friedman.csv and reads nothing.
# Run from the repository's root: Rscript tests/oracle/paired.R
suppressPackageStartupMessages({
  library(effectsize)
  library(coin)
  library(exactRankTests)
})

# The same literals stand in tests/groups/paired_data_sets.py.
sets <- list(
  # ratings with many zeros; some subjects do not change
  ties_and_zeros = list(
    x = c(10, 0, 5, 20, 35, 0, 15, 5, 0, 40, 25, 10, 0, 5, 55, 30, 20),
    y = c(30, 0, 15, 45, 40, 10, 15, 20, 5, 60, 20, 35, 0, 25, 50, 70, 45)
  ),
  missing = list(
    x = c(12.5, NA, 9, 14, 7.25, 18, 11, 16.5, 8, 13),
    y = c(18, 15.5, 12.75, 13, NA, 17.75, 12, 21, NA, 19)
  ),
  without_ties = list(
    x = c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.061, 3.14, 1.44),
    y = c(1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3)
  ),
  more_and_tied = list(
    x = c(22, 31, 27, 18, 40, 35, 29, 33, 26, 21, 38, 30, 24, 28),
    y = c(15, 30, 20, 22, 28, 33, 20, 25, 27, 12, 30, 22, 26, 20)
  ),
  all_one_way = list(x = c(5, 7, 9, 4, 6, 8), y = c(9, 12, 15, 10, 13, 9)),
  decimals = list( # differences that are equal on paper and not in binary
    x = c(21.6, 10.3, 12.1, 9.9, 15.5, 8.2, 11.7, 30.1),
    y = c(21.3, 10.0, 12.4, 9.4, 15.0, 8.5, 12.0, 29.4)
  )
)

root_of <- function(t, df, probability) {
  uniroot(function(ncp) pt(t, df, ncp) - probability, c(t - 40, t + 40), tol = 1e-13,
    maxiter = 1e4)$root
}

# Every way to turn signs: p, and the means of some of the differences (Hartigan 1969).
flips <- function(d, tail = 0.025) {
  if (length(d) > 17) return(c(p = NA, low = NA, high = NA))
  turned <- as.matrix(expand.grid(rep(list(0:1), length(d))))
  total <- as.vector(turned %*% d)
  p <- mean(abs(sum(d) - 2 * total) >= abs(sum(d)) - 1e-9)
  size <- rowSums(turned)
  some <- (total / size)[size > 0]
  ways <- length(some) + 1
  if (1 / ways > tail) return(c(p = p, low = NA, high = NA))
  some <- sort(some)
  up <- (1 + findInterval(some + 1e-9, some)) / ways
  down <- (1 + length(some) - findInterval(some - 1e-9, some)) / ways
  c(p = p, low = min(some[up > tail * (1 + 1e-9)]), high = max(some[down > tail * (1 + 1e-9)]))
}

# The exact interval of the pseudo-median: exactRankTests' one-sided p between all averages.
signed_interval <- function(d, tail = 0.025) {
  walsh <- outer(d, d, "+") / 2
  step <- sort(unique(round(walsh[upper.tri(walsh, TRUE)], 10)))
  between <- c(step[1] - 1, (step[-1] + step[-length(step)]) / 2, step[length(step)] + 1)
  p_at <- function(shift, side) {
    wilcox.exact(round(d - shift, 10), exact = TRUE, alternative = side)$p.value
  }
  up <- sapply(between, p_at, "greater")
  down <- sapply(between, p_at, "less")
  if (up[1] > tail) return(c(NA, NA))
  kept <- range(which(up >= tail * (1 - 1e-9) & down >= tail * (1 - 1e-9)))
  c(step[kept[1] - 1], step[kept[2]])
}

compared <- function(name) {
  is_there <- complete.cases(sets[[name]]$x, sets[[name]]$y)
  x <- sets[[name]]$x[is_there]
  y <- sets[[name]]$y[is_there]
  d <- round(x - y, 10)
  n <- length(d)
  t <- t.test(x, y, paired = TRUE)
  narrow <- t.test(x, y, paired = TRUE, conf.level = 0.8)
  # R leaves the zeros out of the interval: it is asked of the differences without any.
  signed <- suppressWarnings(wilcox.test(d, exact = FALSE, correct = TRUE, conf.int = all(d != 0)))
  # R lowers the level where the smallest score as a shift is not rejected, and warns.
  has_interval <- all(d != 0) && attr(signed$conf.int, "conf.level") == 0.95
  untied <- all(d != 0) && !any(duplicated(abs(d)))
  base <- if (untied) wilcox.test(d, exact = TRUE, conf.int = TRUE)
  block <- factor(rep(seq_len(n), 2))
  when <- factor(rep(c("x", "y"), each = n))
  coins <- wilcoxsign_test(d ~ rep(0, n), distribution = exact(), zero.method = "Wilcoxon")
  swapped <- oneway_test(c(x, y) ~ when | block, distribution = exact())
  own <- flips(d)
  exact_ends <- signed_interval(d)
  m <- sum(d != 0)
  below <- qbinom(0.025, n, 0.5)
  order <- if (pbinom(below, n, 0.5) <= 0.025) below + 1 else below
  averages <- outer(d, d, "+") / 2
  dz <- suppressWarnings(cohens_d(x, y, paired = TRUE))
  # of the differences: with paired = TRUE, 0.8.3 counts the scores of x that are not 0
  r <- suppressWarnings(rank_biserial(d))
  av <- sqrt((var(x) + var(y)) / 2)
  scale <- sqrt(2 * (var(x) + var(y) - 2 * cov(x, y)) / (n * (var(x) + var(y))))
  ends <- c(root_of(t$statistic[[1]], n - 1, 0.975), root_of(t$statistic[[1]], n - 1, 0.025))
  j <- exp(lgamma((n - 1) / 2) - lgamma((n - 2) / 2)) / sqrt((n - 1) / 2)
  c(
    n = n, difference = t$estimate[[1]], t = t$statistic[[1]], df = t$parameter[[1]],
    p = t$p.value, se = t$stderr, low = t$conf.int[1], high = t$conf.int[2],
    low_80 = narrow$conf.int[1], high_80 = narrow$conf.int[2],
    v = signed$statistic[[1]], signed_p = signed$p.value,
    signed_low = if (has_interval) signed$conf.int[1] else NA,
    signed_high = if (has_interval) signed$conf.int[2] else NA,
    pseudo_median = median(averages[upper.tri(averages, TRUE)]),
    exact_p_coin = as.numeric(pvalue(coins)),
    exact_p_exactranktests = wilcox.exact(d, exact = TRUE)$p.value,
    exact_p_base = if (untied) base$p.value else NA,
    exact_low_base = if (untied) base$conf.int[1] else NA,
    exact_high_base = if (untied) base$conf.int[2] else NA,
    exact_low = exact_ends[1], exact_high = exact_ends[2],
    sign_p = binom.test(sum(d > 0), m)$p.value, sign_median = median(d),
    sign_low = if (order > 0) sort(d)[order] else NA,
    sign_high = if (order > 0) sort(d)[n + 1 - order] else NA,
    flip_p = own[["p"]], flip_p_coin = as.numeric(pvalue(swapped)),
    flip_low = own[["low"]], flip_high = own[["high"]],
    dz = dz$Cohens_d, dz_low = dz$CI_low, dz_high = dz$CI_high,
    dz_low_root = ends[1] / sqrt(n), dz_high_root = ends[2] / sqrt(n),
    dav = mean(d) / av, dav_low = scale * ends[1], dav_high = scale * ends[2],
    gav = j * mean(d) / av, gav_low = j * scale * ends[1], gav_high = j * scale * ends[2],
    r = r$r_rank_biserial, r_low = r$CI_low, r_high = r$CI_high,
    shapiro_w = shapiro.test(d)$statistic[[1]], shapiro_p = shapiro.test(d)$p.value
  )
}

save_table <- function(table, file) {
  table <- cbind(dataset = rownames(table), format(table, digits = 17, trim = TRUE))
  table[table == "NA" | table == "NaN"] <- ""
  write.csv(table, file.path("tests/oracle", file), row.names = FALSE, quote = FALSE)
}
save_table(as.data.frame(t(sapply(names(sets), compared))), "paired.csv")

visits <- list(
  ties = cbind(c(30, 28, 35, 31, 27, 33, 29), c(20, 28, 30, 31, 15, 25, 22),
    c(12, 28, 30, 18, 15, 10, 20), c(12, 20, 26, 19, 9, 10, 24)),
  three = cbind(c(7, 9.9, 8.5, 5.1, 10.3), c(5.3, 5.7, 4.7, 3.5, 7.7), c(4.9, 7.6, 5.5, 2.8, 8.4)),
  alike = cbind(c(1, 2, 2, 3, 4), c(1, 2, 3, 3, 4), c(2, 2, 3, 3, 5))
)
save_table(as.data.frame(t(sapply(visits, function(scores) {
  q <- friedman.test(scores)
  w <- suppressWarnings(kendalls_w(scores, ci = NULL))
  c(n = nrow(scores), k = ncol(scores), q = q$statistic[[1]], p = q$p.value,
    w_plain = w$Kendalls_W, w = q$statistic[[1]] / (nrow(scores) * (ncol(scores) - 1)))
}))), "friedman.csv")
