# Baseline characteristics in R 4.2.2: mean, sd, quantile (type 7), standardised differences, tests.
# Writes baseline.csv, one number a row (the data are in the rows "data" and "counts"), and reads
# nothing.
# Run from the repository's root: Rscript tests/oracle/baseline.R   (effectsize for Cohen's d)
suppressPackageStartupMessages(library(effectsize))

i <- 1:31
numbers <- list(
  # 31 subjects of two groups, ratings with ties and missing values
  thirty_one = list(
    values = ifelse(i %% 9 == 1, NA, 20 + (i * 7) %% 23),
    group = ifelse(i %% 5 < 2, "b", "a")
  ),
  # skewed durations, unbalanced groups, unequal variances
  skewed = list(
    values = c(0.5, 1, 1, 1.5, 2, 2, 3, 4, 6, 8.5, 12, 24, 60, 3, 7, 9, 11, 30, 48),
    group = rep(c("a", "b"), c(13, 6))
  ),
  # three groups, one with a missing value
  three = list(
    values = c(44, 51, 38, 61, NA, 47, 29, 33, 58, 40, 52, 52, 36, 45, 63, 70, 41),
    group = rep(c("a", "b", "c"), c(6, 5, 6))
  ),
  # R's own: chick weights, six feeds
  chickwts = list(values = chickwts$weight, group = as.character(chickwts$feed))
)
categories <- list(
  sex = rbind(a = c(14, 10), b = c(9, 16)),
  site = rbind(a = c(12, 8, 0, 20), b = c(9, 10, 6, 15)),
  rare = rbind(a = c(1, 30), b = c(5, 22)),
  three_sites = rbind(a = c(5, 7, 9), b = c(10, 3, 8), c = c(6, 6, 6)),
  # R's own: hair colour of men and women
  hair = t(apply(HairEyeColor, c(1, 3), sum))
)

rows <- list()
add <- function(dataset, statistic, group, value) {
  rows[[length(rows) + 1]] <<- data.frame(dataset, statistic, group, value = unname(value))
}

for (name in names(numbers)) {
  d <- numbers[[name]]
  for (row in seq_along(d$values)) add(name, "data", d$group[row], d$values[row])
  groups <- sort(unique(d$group))
  for (g in groups) {
    x <- d$values[d$group == g]
    add(name, "n_missing", g, sum(is.na(x)))
    x <- x[!is.na(x)]
    add(name, "n", g, length(x))
    add(name, "mean", g, mean(x))
    add(name, "sd", g, sd(x))
    add(name, "median", g, median(x))
    add(name, "q1", g, quantile(x, 0.25, type = 7))
    add(name, "q3", g, quantile(x, 0.75, type = 7))
    add(name, "min", g, min(x))
    add(name, "max", g, max(x))
  }
  for (pair in combn(groups, 2, simplify = FALSE)) {
    y <- na.omit(d$values[d$group == pair[2]])
    x <- na.omit(d$values[d$group == pair[1]])
    label <- paste(pair[2], "-", pair[1])
    pooled <- cohens_d(as.numeric(y), as.numeric(x), pooled_sd = TRUE)$Cohens_d
    add(name, "pooled", label, pooled)
    add(name, "average", label, (mean(y) - mean(x)) / sqrt((var(x) + var(y)) / 2))
  }
  welch <- oneway.test(d$values ~ factor(d$group))
  add(name, "welch", "statistic", welch$statistic)
  add(name, "welch", "df_num", welch$parameter[1])
  add(name, "welch", "df_den", welch$parameter[2])
  add(name, "welch", "p_value", welch$p.value)
  ranks <- kruskal.test(d$values, factor(d$group))
  add(name, "kruskal-wallis", "statistic", ranks$statistic)
  add(name, "kruskal-wallis", "df_num", ranks$parameter)
  add(name, "kruskal-wallis", "p_value", ranks$p.value)
}

# Yang and Dalton 2012 from single subjects: indicators of all categories but the first, their
# covariance with divisor n (cov.wt, "ML"), and R's own Mahalanobis distance.
indicators <- function(counts) {
  level <- factor(rep(seq_along(counts), counts), levels = seq_along(counts))
  model.matrix(~ level)[, -1, drop = FALSE]
}
for (name in names(categories)) {
  table <- categories[[name]]
  groups <- rownames(table)
  for (g in groups) for (count in table[g, ]) add(name, "counts", g, count)
  for (pair in combn(groups, 2, simplify = FALSE)) {
    x <- cov.wt(indicators(table[pair[1], ]), method = "ML")
    y <- cov.wt(indicators(table[pair[2], ]), method = "ML")
    squared <- mahalanobis(y$center, x$center, (x$cov + y$cov) / 2)
    add(name, "mahalanobis", paste(pair[2], "-", pair[1]), sqrt(squared))
  }
  if (ncol(table) == 2) {
    p <- table[, 1] / rowSums(table)
    spread <- sqrt((p[1] * (1 - p[1]) + p[2] * (1 - p[2])) / 2)
    add(name, "share", paste(groups[2], "-", groups[1]), (p[2] - p[1]) / spread)
    add(name, "fisher", "p_value", fisher.test(table)$p.value)
  }
  chi <- suppressWarnings(chisq.test(table, correct = FALSE))
  add(name, "pearson", "statistic", chi$statistic)
  add(name, "pearson", "df_num", chi$parameter)
  add(name, "pearson", "p_value", chi$p.value)
  add(name, "pearson", "smallest_expected", min(chi$expected))
}

out <- do.call(rbind, rows)
out$value <- ifelse(is.na(out$value), "", formatC(out$value, digits = 15, format = "g", width = -1))
write.csv(out, "tests/oracle/baseline.csv", row.names = FALSE, quote = FALSE)
