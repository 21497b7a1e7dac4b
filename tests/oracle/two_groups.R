# Two groups by placements, by permutation and by effect size in R 4.2.2.
# Writes brunner_munzel.csv, permutation.csv, dominance.csv, effect_sizes.csv and exact_shift.csv
# (one row a data set) and reads nothing but the data sets of two_samples.R.
# Run from the repository's root: Rscript tests/oracle/two_groups.R
suppressPackageStartupMessages({
  library(effectsize)
  library(coin)
  library(exactRankTests)
})

source_lines <- readLines("tests/oracle/two_samples.R")
first <- grep("^sets <- list", source_lines)
last <- grep("^noncentrality <- ", source_lines)
eval(parse(text = source_lines[first:(last - 1)]))
sets$pain_scores <- list( # Brunner and Munzel (2000), table 1: N and Y, in this order
  a = c(3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4),
  b = c(1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1)
)
sets$apart <- list(a = c(9, 7, 8, 11), b = c(1, 3, 2, 2, 5))
sets$few <- list(a = c(2, 4, 4), b = c(3, 1, 0, 2))

clean <- function(x) x[!is.na(x)]
write_table <- function(f, file) {
  table <- as.data.frame(t(sapply(names(sets), function(s) {
    suppressWarnings(f(clean(sets[[s]]$a), clean(sets[[s]]$b)))
  })))
  table <- cbind(dataset = names(sets), format(table, digits = 17, trim = TRUE))
  table[table == "NA" | table == "NaN"] <- ""
  write.csv(table, file.path("tests/oracle", file), row.names = FALSE, quote = FALSE)
}

# Brunner and Munzel (2000), Biom J 42: 17-25, section 3: ranks among all and within the group.
placed <- function(a, b) {
  n <- c(length(a), length(b))
  all_ranks <- rank(c(a, b))
  mean_rank <- c(mean(all_ranks[seq_along(a)]), mean(all_ranks[-seq_along(a)]))
  off_a <- all_ranks[seq_along(a)] - rank(a) - mean_rank[1] + (n[1] + 1) / 2
  off_b <- all_ranks[-seq_along(a)] - rank(b) - mean_rank[2] + (n[2] + 1) / 2
  s2 <- c(sum(off_a^2) / (n[1] - 1), sum(off_b^2) / (n[2] - 1))
  list(n = n, mean_rank = mean_rank, s2 = s2)
}

brunner <- function(a, b, level = 0.95) {
  p <- placed(a, b)
  n <- p$n
  share <- (p$mean_rank[1] - (n[1] + 1) / 2) / n[2]
  w <- n[1] * n[2] * (p$mean_rank[1] - p$mean_rank[2]) /
    ((n[1] + n[2]) * sqrt(sum(n * p$s2)))
  df <- sum(n * p$s2)^2 / sum((n * p$s2)^2 / (n - 1))
  se <- sqrt(p$s2[1] / (n[1] * n[2]^2) + p$s2[2] / (n[2] * n[1]^2))
  half <- qt((1 + level) / 2, df) * se
  c(share = share, se = se, w = w, df = df, p = 2 * pt(-abs(w), df),
    low = max(0, share - half), high = min(1, share + half))
}

# Every split; a split without variance is infinitely far (Neubert and Brunner 2007).
studentised <- function(a, b, level = 0.95) {
  pooled <- c(a, b)
  if (choose(length(pooled), length(a)) > 2e5) return(c(p = NA, low = NA, high = NA))
  far <- combn(length(pooled), length(a), function(i) {
    p <- placed(pooled[i], pooled[-i])
    d <- abs(p$mean_rank[1] - p$mean_rank[2])
    if (d < 1e-9) 0 else d / sqrt(sum(p$n * p$s2))
  })
  p <- placed(a, b)
  seen <- abs(p$mean_rank[1] - p$mean_rank[2]) / sqrt(sum(p$n * p$s2))
  # the distance is w without n_a n_b / N, which all splits share
  scale <- length(a) * length(b) / length(pooled)
  found <- brunner(a, b)
  quantile <- max(far[sapply(far, function(d) mean(far >= d * (1 - 1e-9)) > 1 - level)]) * scale
  half <- quantile * found[["se"]]
  c(p = mean(far >= seen * (1 - 1e-9)),
    low = if (is.finite(half)) max(0, found[["share"]] - half) else NA,
    high = if (is.finite(half)) min(1, found[["share"]] + half) else NA)
}

write_table(function(a, b) {
  apart <- min(a) > max(b) || min(b) > max(a)
  t <- brunner(a, b)
  if (apart) t[] <- c(t[["share"]], rep(NA, 6))
  perm <- studentised(a, b)
  c(t, perm_p = perm[["p"]], perm_low = perm[["low"]], perm_high = perm[["high"]])
}, "brunner_munzel.csv")

# The permutation test of the means: coin and exactRankTests for p; every split for the interval.
shifts_kept <- function(a, b, tail = 0.025) {
  pooled <- c(a, b)
  n <- length(a)
  if (choose(length(pooled), n) > 2e5) return(c(NA, NA))
  shift <- combn(length(pooled), n, function(i) {
    kept <- sum(i <= n)
    if (kept == n) NA else (sum(a) - sum(pooled[i])) / (n - kept)
  })
  shift <- shift[!is.na(shift)]
  ways <- length(shift) + 1
  p_up <- sapply(shift, function(s) (1 + sum(shift <= s + 1e-9)) / ways)
  p_down <- sapply(shift, function(s) (1 + sum(shift >= s - 1e-9)) / ways)
  if (1 / ways > tail) return(c(NA, NA))
  c(min(shift[p_up > tail * (1 + 1e-9)]), max(shift[p_down > tail * (1 + 1e-9)]))
}
write_table(function(a, b) {
  group <- factor(rep(c("a", "b"), c(length(a), length(b))))
  kept <- shifts_kept(a, b)
  whole <- all(c(a, b) * 4 == round(c(a, b) * 4))
  c(difference = mean(a) - mean(b),
    p_coin = as.numeric(pvalue(oneway_test(c(a, b) ~ group, distribution = exact()))),
    p_exactranktests = if (whole) perm.test(4 * a, 4 * b, exact = TRUE)$p.value else NA,
    low = kept[1], high = kept[2])
}, "permutation.csv")

# Newcombe (2006), Stat Med 25: 559-573, method 5; Feng and Cliff (2004), J Mod Appl Stat Methods
# 3: 322-332, equations 3, 7 and 8.
newcombe <- function(share, m, n, z) {
  star <- (m + n) / 2 - 1
  v <- function(t) t * (1 - t) * (1 + star * (1 - t) / (2 - t) + star * t / (1 + t)) / (m * n)
  root <- function(ends, sign) {
    uniroot(function(t) share - t + sign * z * sqrt(v(t)), ends, tol = 1e-15, maxiter = 1e4)$root
  }
  c(if (share == 0) 0 else root(c(1e-12, min(share, 1 - 1e-12)), -1),
    if (share == 1) 1 else root(c(max(share, 1e-12), 1 - 1e-12), 1))
}
feng <- function(a, b, z) {
  d <- sign(outer(a, b, "-"))
  m <- length(a)
  n <- length(b)
  delta <- mean(d)
  if (abs(delta) == 1) {
    nb <- min(m, n)
    end <- (nb - z^2) / (nb + z^2)
    return(if (delta == 1) c(end, 1) else c(-1, -end))
  }
  s2 <- (n^2 * sum((rowMeans(d) - delta)^2) + m^2 * sum((colMeans(d) - delta)^2) -
    sum((d - delta)^2)) / (m * n * (m - 1) * (n - 1))
  s2 <- max(s2, (1 - delta^2) / (m * n - 1))
  half <- z * sqrt(s2) * sqrt((1 - delta^2)^2 + z^2 * s2)
  ends <- (delta - delta^3 + c(-half, half)) / (1 - delta^2 + z^2 * s2)
  c(max(-1, ends[1]), min(1, ends[2]))
}
write_table(function(a, b) {
  z <- qnorm(0.975)
  pairs <- outer(a, b, "-")
  share <- mean(pairs > 0) + mean(pairs == 0) / 2
  n5 <- newcombe(share, length(a), length(b), z)
  n5_90 <- newcombe(share, length(a), length(b), qnorm(0.95))
  cliff <- feng(a, b, z)
  r <- rank_biserial(a, b)
  c(superiority = share, superiority_low = n5[1], superiority_high = n5[2],
    superiority_low_90 = n5_90[1], superiority_high_90 = n5_90[2],
    delta = mean(sign(pairs)), delta_low = cliff[1], delta_high = cliff[2],
    r = r$r_rank_biserial, r_low = r$CI_low, r_high = r$CI_high)
}, "dominance.csv")

root_of <- function(t, df, probability) {
  uniroot(function(ncp) pt(t, df, ncp) - probability, c(t - 30, t + 30), tol = 1e-13,
    maxiter = 1e4)$root
}
write_table(function(a, b) {
  glass <- glass_delta(a, b)
  scale <- sqrt(1 / length(b) + var(a) / (length(a) * var(b)))
  c(glass = glass$Glass_delta, glass_low = glass$CI_low, glass_high = glass$CI_high,
    glass_low_root = scale * root_of(glass$Glass_delta / scale, length(b) - 1, 0.975),
    glass_high_root = scale * root_of(glass$Glass_delta / scale, length(b) - 1, 0.025))
}, "effect_sizes.csv")

# The exact interval of the shift: coin's exact one-sided p value between every two differences.
write_table(function(a, b) {
  group <- factor(rep(c("a", "b"), c(length(a), length(b))))
  step <- sort(unique(round(as.vector(outer(a, b, "-")), 10)))
  between <- c(step[1] - 1, (step[-1] + step[-length(step)]) / 2, step[length(step)] + 1)
  p_at <- function(shift, side) {
    pvalue(wilcox_test(c(a - shift, b) ~ group, distribution = exact(), alternative = side))
  }
  up <- sapply(between, p_at, "greater")
  down <- sapply(between, p_at, "less")
  if (up[1] > 0.025) return(c(low = NA, high = NA))
  kept <- range(which(up >= 0.025 * (1 - 1e-9) & down >= 0.025 * (1 - 1e-9)))
  c(low = step[kept[1] - 1], high = step[kept[2]])
}, "exact_shift.csv")
