# Two independent samples in R 4.2.2: t.test, wilcox.test, effectsize, coin, exactRankTests.
# Writes two_samples.csv (one row a data set, the statistics) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/two_samples.R
suppressPackageStartupMessages({
  library(effectsize)
  library(coin)
  library(exactRankTests)
})

# The same literals stand in tests/groups/two_sample_data.py.
sets <- list(
  # ratings of 0 to 100 with many zeros and ties, unequal spread
  ties_and_zeros = list(
    a = c(0, 0, 0, 0, 0, 5, 5, 10, 10, 15, 20, 20, 30, 45, 60, 0, 5),
    b = c(0, 0, 5, 10, 20, 20, 35, 40, 55, 60, 70, 85, 90, 100)
  ),
  missing = list(
    a = c(12.5, NA, 9, 14, 7.25, NA, 11, 16.5, 8),
    b = c(18, 15.5, NA, 13, 21, 17.75, 12, NA, NA, 19)
  ),
  four_against_27 = list(
    a = c(31, 8, 22, 27),
    b = c(14, 11, 3, 19, 7, 7, 12, 25, 16, 9, 2, 13, 18, 6, 21, 10, 5, 15, 8, 17, 4, 20, 1, 12, 11,
          23, 9)
  ),
  equal_without_ties = list(
    a = c(1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3),
    b = c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.061, 3.14, 1.44)
  ),
  one_group_constant = list(a = c(0, 0, 0, 0, 0), b = c(0, 2, 3, 3, 9, 12))
)

noncentrality <- function(t, df, probability) {
  excess <- function(ncp) pt(t, df, ncp) - probability
  uniroot(excess, c(t - 12, t + 12), tol = 1e-13, maxiter = 10000)$root
}

compared <- function(name) {
  a <- sets[[name]]$a
  b <- sets[[name]]$b
  welch <- t.test(a, b)
  student <- t.test(a, b, var.equal = TRUE)
  narrow <- t.test(a, b, conf.level = 0.8)
  ranks <- wilcox.test(a, b, exact = FALSE, correct = TRUE, conf.int = TRUE)
  a <- a[!is.na(a)]
  b <- b[!is.na(b)]
  pairs <- outer(a, b, "-")
  group <- factor(rep(c("a", "b"), c(length(a), length(b))))
  untied <- !any(duplicated(c(a, b)))
  exact <- if (untied) wilcox.test(a, b, exact = TRUE, conf.int = TRUE)
  d <- cohens_d(a, b)
  g <- hedges_g(a, b)
  df <- length(a) + length(b) - 2
  scale <- sqrt(1 / length(a) + 1 / length(b))
  c(
    n_a = length(a), n_b = length(b), mean_a = mean(a), mean_b = mean(b),
    sd_a = sd(a), sd_b = sd(b),
    welch_t = welch$statistic[[1]], welch_df = welch$parameter[[1]], welch_p = welch$p.value,
    welch_se = welch$stderr, welch_low = welch$conf.int[1], welch_high = welch$conf.int[2],
    welch_low_80 = narrow$conf.int[1], welch_high_80 = narrow$conf.int[2],
    student_t = student$statistic[[1]], student_df = student$parameter[[1]],
    student_p = student$p.value, student_se = student$stderr,
    student_low = student$conf.int[1], student_high = student$conf.int[2],
    w = ranks$statistic[[1]], rank_p = ranks$p.value,
    rank_low = ranks$conf.int[1], rank_high = ranks$conf.int[2],
    exact_p_coin = as.numeric(pvalue(wilcox_test(c(a, b) ~ group, distribution = exact()))),
    exact_p_exactranktests = wilcox.exact(a, b, exact = TRUE)$p.value,
    exact_p_base = if (untied) exact$p.value else NA,
    exact_low_base = if (untied) exact$conf.int[1] else NA,
    exact_high_base = if (untied) exact$conf.int[2] else NA,
    superiority = mean(pairs > 0) + mean(pairs == 0) / 2,
    rank_biserial = rank_biserial(a, b)$r_rank_biserial,
    shift = median(pairs),
    d = d$Cohens_d, d_low = d$CI_low, d_high = d$CI_high,
    g = g$Hedges_g, g_low = g$CI_low, g_high = g$CI_high,
    d_low_root = scale * noncentrality(student$statistic[[1]], df, 0.975),
    d_high_root = scale * noncentrality(student$statistic[[1]], df, 0.025)
  )
}

table <- as.data.frame(t(sapply(names(sets), function(s) suppressWarnings(compared(s)))))
table <- cbind(dataset = names(sets), format(table, digits = 17, trim = TRUE))
table[table == "NA"] <- ""
write.csv(table, "tests/oracle/two_samples.csv", row.names = FALSE, quote = FALSE)
