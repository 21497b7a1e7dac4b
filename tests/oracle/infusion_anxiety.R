# What stands beside a comparison of responders, in R 4.2.2: Bayes factors, power, equivalence,
# two-part tests, max-T, partial correlations and slopes.
# Writes infusion_anxiety.csv (one number a row) and reads nothing but the data sets of
# two_samples.R. Run from the repository's root: Rscript tests/oracle/infusion_anxiety.R
suppressPackageStartupMessages({
  library(BayesFactor)
  library(coin)
  library(multtest)
  library(psych)
})

source_lines <- readLines("tests/oracle/two_samples.R")
first <- grep("^sets <- list", source_lines)
last <- grep("^noncentrality <- ", source_lines)
eval(parse(text = source_lines[first:(last - 1)]))
clean <- function(x) x[!is.na(x)]

out <- list()
add <- function(record, dataset, values) {
  out[[length(out) + 1]] <<- data.frame(
    record = record, dataset = dataset, name = names(values), value = unlist(values, use.names = FALSE)
  )
}

# --- Bayes factors: the integral written out, and BayesFactor's own -----------------------------
by_g <- function(t, n_effective, df, r) { # Rouder et al. 2009, equation 4 with the scale of the prior
  f <- function(u) {
    g <- exp(u)
    exp(-log1p(n_effective * g) / 2 - (df + 1) / 2 * log1p(t^2 / ((1 + n_effective * g) * df)) +
      log(r / sqrt(2 * pi)) - u / 2 - r^2 / (2 * g))
  }
  integrate(f, -60, 120, rel.tol = 1e-11, subdivisions = 20000L)$value / exp(-(df + 1) / 2 * log1p(t^2 / df))
}
for (s in names(sets)) {
  a <- clean(sets[[s]]$a)
  b <- clean(sets[[s]]$b)
  t <- t.test(a, b, var.equal = TRUE)$statistic
  for (r in c(sqrt(2) / 2, 1, sqrt(2))) {
    add("bayes", s, setNames(
      list(by_g(t, length(a) * length(b) / (length(a) + length(b)), length(a) + length(b) - 2, r)), sprintf("by_g_%.3f", r)
    ))
    add("bayes", s, setNames(list(exp(ttestBF(a, b, rscale = r)@bayesFactor$bf)), sprintf("package_%.3f", r)))
  }
}
for (t in c(0, 0.5, 2.05, 5, 20)) for (n in list(c(17, 14), c(3, 4), c(250, 250))) {
  n_effective <- prod(n) / sum(n)
  add("bayes_t", sprintf("%g;%d;%d", t, n[1], n[2]), list(
    by_g = by_g(t, n_effective, sum(n) - 2, 1), package = exp(ttest.tstat(t, n[1], n[2], rscale = 1)$bf)
  ))
}

# --- power ---------------------------------------------------------------------------------------
power <- function(d, n1, n2, level = 0.95) {
  df <- n1 + n2 - 2
  bound <- qt((1 + level) / 2, df)
  shift <- d * sqrt(n1 * n2 / (n1 + n2))
  pt(bound, df, shift, lower.tail = FALSE) + pt(-bound, df, shift)
}
for (n in list(c(17, 14), c(2, 2), c(4, 27), c(60, 60))) {
  key <- sprintf("%d;%d", n[1], n[2])
  for (d in c(0, 0.3, 0.73, 1.05, 2)) add("power", sprintf("%s;%g", key, d), list(power = power(d, n[1], n[2])))
  for (p in c(0.5, 0.8, 0.9)) {
    add("detectable", sprintf("%s;%g", key, p), list(d = uniroot(function(d) power(d, n[1], n[2]) - p, c(0, 80), tol = 1e-13)$root))
  }
}
add("power_equal", "60;60;0.3", list(power = power.t.test(60, 0.3, strict = TRUE)$power))
for (p in c(17 / 31, 0.1, 0.5)) add("cut", sprintf("%.12f", p), list(kept = dnorm(qnorm(p))^2 / (p * (1 - p))))

# --- equivalence -----------------------------------------------------------------------------------
for (s in names(sets)) for (kind in c("welch", "student")) for (margin in c(1, 15)) {
  a <- clean(sets[[s]]$a)
  b <- clean(sets[[s]]$b)
  one <- function(...) t.test(a, b, var.equal = kind == "student", ...)
  add("equivalence", sprintf("%s;%s;%g", s, kind, margin), list(
    p_low = one(mu = -margin, alternative = "greater")$p.value, p_high = one(mu = margin, alternative = "less")$p.value,
    conf_low = one(conf.level = 0.9)$conf.int[1], conf_high = one(conf.level = 0.9)$conf.int[2], df = unname(one()$parameter)
  ))
}

# --- two parts -------------------------------------------------------------------------------------
zeros <- list(
  ties_and_zeros = sets$ties_and_zeros, one_group_constant = sets$one_group_constant, four_against_27 = sets$four_against_27,
  ones = list(a = c(0, 0, 0, 1, 1, 0), b = c(0, 1, 1, 1, 0, 1, 1)), one_with_any = list(a = c(0, 0, 5, 0), b = c(0, 7, 3, 0, 9, 0)),
  many = list(a = c(0, 0, 3, 0, 12, 7, 0, 3, 0), b = c(5, 0, 9, 3, 0, 22, 31, 14, 3, 0, 8))
)
for (s in names(zeros)) {
  a <- zeros[[s]]$a
  b <- zeros[[s]]$b
  any_part <- 0
  some <- c(sum(a > 0), sum(b > 0))
  if (sum(some) < length(a) + length(b)) any_part <- suppressWarnings(prop.test(some, c(length(a), length(b)), correct = FALSE)$statistic)
  amount_part <- 0
  has_amount <- all(some > 1) && length(unique(c(a[a > 0], b[b > 0]))) > 1
  if (has_amount) {
    frame <- data.frame(y = c(a[a > 0], b[b > 0]), g = factor(rep(c("a", "b"), some)))
    amount_part <- statistic(wilcox_test(y ~ g, frame), "standardized")^2
  }
  df <- (sum(some) < length(a) + length(b)) + has_amount
  add("two_part", s, list(statistic = sum(any_part, amount_part), df = df, p_value = pchisq(sum(any_part, amount_part), df, lower.tail = FALSE)))
}

# --- max-T: every split in base R, and multtest with all permutations ---------------------------------
x <- cbind(
  one = c(12, 3, 25, 8, 31, 0, 14, 22, 7), two = c(10, 5, 20, 4, 28, 1, 19, 12, 3), three = c(0, 0, 5, 0, 0, 9, 0, 2, 0),
  four = c(4, 9, 3, 7, 8, 2, 6, 5, 1)
)
group <- c(1, 0, 1, 0, 1, 0, 1, 0, 0)
statistics <- list(
  welch = function(y, g) abs(t.test(y[g == 1], y[g == 0])$statistic), student = function(y, g) abs(t.test(y[g == 1], y[g == 0], var.equal = TRUE)$statistic),
  ranks = function(y, g) abs(statistic(wilcox_test(y ~ factor(g), data.frame(y, g)), "standardized")),
  "brunner-munzel" = function(y, g) {
    place <- function(u, v) sapply(u, function(w) mean((v < w) + (v == w) / 2))
    a <- place(y[g == 1], y[g == 0])
    b <- place(y[g == 0], y[g == 1])
    gap <- mean(a) - 0.5
    spread <- sqrt(var(a) / length(a) + var(b) / length(b))
    if (spread == 0) if (abs(gap) < 1e-12) 0 else Inf else abs(gap) / spread
  }
)
splits <- combn(9, 4)
step_down <- function(x, f, seen_in) {
  seen <- apply(x, 2, f, g = group)
  order <- order(-seen)
  count <- numeric(ncol(x))
  for (k in seq_len(ncol(splits))) {
    g <- numeric(nrow(x))
    g[splits[, k]] <- 1
    found <- apply(x, 2, f, g = g)[order]
    count <- count + (rev(cummax(rev(found))) >= seen[order] * (1 - 1e-9))
  }
  p <- numeric(ncol(x))
  p[order] <- cummax(count / ncol(splits))
  p
}
for (s in names(statistics)) add("max_t", s, as.list(setNames(step_down(x, statistics[[s]]), colnames(x))))
invisible(capture.output(found <- mt.maxT(t(x), group, test = "t", B = 0)))
add("max_t", "multtest", as.list(setNames(found$adjp[order(found$index)], colnames(x))))

# --- correlations and slopes at a fixed baseline ------------------------------------------------------
i <- 1:31
anxiety <- pmax(0, round(20 + 25 * sin(i * 2.3) + 6 * cos(i)))
base <- 26 + (i * 7) %% 11
end <- round(0.4 * base + 6 * sin(i * 1.7) + 0.12 * anxiety)
site <- (i * 5) %% 3
frame <- data.frame(anxiety, base, end, north = as.numeric(site == 1), south = as.numeric(site == 2))
frame$end[c(4, 19)] <- NA
frame$anxiety[9] <- NA
used <- na.omit(frame)
add("twin_data", "anxiety", as.list(setNames(frame$anxiety, i)))
add("twin_data", "base", as.list(setNames(frame$base, i)))
add("twin_data", "end", as.list(setNames(frame$end, i)))
add("twin_data", "site", as.list(setNames(site, i)))
partial <- function(d, k) {
  r <- partial.r(d, 1:2, 3:ncol(d))[1, 2]
  ends <- tanh(atanh(r) + c(-1, 1) * qnorm(0.975) / sqrt(nrow(d) - k - 3))
  c(r = r, p = r.test(nrow(d) - k, r)$p, low = ends[1], high = ends[2])
}
small <- used[c("anxiety", "end", "base")]
add("partial", "pearson", as.list(partial(small, 1)))
ranked <- as.data.frame(lapply(small, rank))
spearman <- partial(ranked, 1)
spread <- sqrt((1 + spearman[["r"]]^2 / 2) / (nrow(used) - 4))
spearman[c("low", "high")] <- tanh(atanh(spearman[["r"]]) + c(-1, 1) * qnorm(0.975) * spread)
add("partial", "spearman", as.list(spearman))
wide <- used[c("anxiety", "end", "base", "north", "south")]
add("partial", "pearson, site", as.list(partial(wide, 3)))
for (model in c("end ~ anxiety + base", "end ~ anxiety + base + north + south")) {
  fit <- lm(as.formula(model), used)
  line <- summary(fit)$coefficients["anxiety", ]
  ends <- confint(fit, "anxiety")
  add("slope", model, list(estimate = line[[1]], std_error = line[[2]], statistic = line[[3]], p_value = line[[4]], df = fit$df.residual, low = ends[1], high = ends[2]))
}

out <- do.call(rbind, out)
out$value <- ifelse(is.na(out$value), "", formatC(out$value, digits = 17, format = "g", width = -1))
out$name <- gsub("^mu\\.|\\.t$", "", out$name)
write.csv(out, "tests/oracle/infusion_anxiety.csv", row.names = FALSE, quote = TRUE)
