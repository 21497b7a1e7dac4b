# Three and more groups in R 4.2.2: oneway.test, kruskal.test, effectsize, car, TukeyHSD, rstatix,
# multcomp and mvtnorm, emmeans. Writes several_groups.csv, pairs.csv, assumptions.csv and
# adjusted_groups.csv, and reads nothing. Run from the repository's root:
#   Rscript tests/oracle/several_groups.R
suppressPackageStartupMessages({
  library(effectsize)
  library(car)
  library(multcomp)
  library(mvtnorm)
  library(emmeans)
})

# The same literals stand in tests/groups/several_groups_data.py. The first group is the reference.
sets <- list(
  # three doses, many zeros and ties, unequal groups and spread
  ties_and_zeros = list(
    placebo = c(0, 0, 0, 5, 5, 10, 0, 15, 20, 5, 0),
    low = c(0, 10, 20, 20, 35, 40, 55, 10),
    high = c(30, 45, 60, 20, 70, 85, 90, 100, 5, 40)
  ),
  missing = list(
    placebo = c(31, 28.5, NA, 25, 33, 27.25, NA, 30),
    low = c(22, 27, 24.5, NA, 29, 18),
    high = c(20.5, 15, NA, 22, 12.75, 19, 24, NA),
    highest = c(17, 21, 9.5, 14)
  ),
  unbalanced = list(
    placebo = c(12, 15, 9, 11, 14, 18, 7, 13, 16, 12, 10, 15, 17, 8, 12, 13, 11, 19, 14, 10, 9),
    low = c(10, 8, 14, 6, 9),
    high = c(4, 11, 7)
  ),
  four_small = list(a = c(1, 2, 4), b = c(3, 5, 9), c = c(2, 2, 7))
)

clean <- function(groups) lapply(groups, function(x) x[!is.na(x)])
framed <- function(groups) {
  groups <- clean(groups)
  data.frame(y = unlist(groups, use.names = FALSE),
    g = factor(rep(names(groups), lengths(groups)), levels = names(groups)))
}
save_table <- function(rows, file) {
  table <- do.call(rbind, rows)
  is_number <- sapply(table, is.numeric)
  table[is_number] <- lapply(table[is_number], function(x) {
    ifelse(is.na(x), "", format(x, digits = 17, trim = TRUE))
  })
  write.csv(table, file.path("tests/oracle", file), row.names = FALSE, quote = FALSE)
}

# Every split of three groups.
permuted_f <- function(d) {
  n <- tabulate(d$g)
  ways <- exp(lfactorial(sum(n)) - sum(lfactorial(n)))
  if (length(n) != 3 || ways > 1e5) return(NA)
  between <- function(i, j) sum(d$y[i])^2 / n[1] + sum(d$y[j])^2 / n[2] +
    sum(d$y[-c(i, j)])^2 / n[3]
  all_places <- seq_along(d$y)
  seen <- between(which(d$g == levels(d$g)[1]), which(d$g == levels(d$g)[2]))
  far <- unlist(combn(all_places, n[1], function(i) {
    combn(setdiff(all_places, i), n[2], function(j) between(i, j))
  }, simplify = FALSE))
  mean(far >= seen - 1e-9)
}

noncentral <- function(f, df1, df2, probability) {
  if (pf(f, df1, df2) <= probability) return(0)
  uniroot(function(l) pf(f, df1, df2, l) - probability, c(0, 500), tol = 1e-13, maxiter = 1e4)$root
}

of_all <- lapply(names(sets), function(name) {
  d <- framed(sets[[name]])
  fisher <- oneway.test(y ~ g, d, var.equal = TRUE)
  welch <- oneway.test(y ~ g, d)
  ranks <- kruskal.test(y ~ g, d)
  model <- aov(y ~ g, d)
  f <- fisher$statistic[[1]]
  df <- fisher$parameter
  ends <- c(noncentral(f, df[1], df[2], 0.975), noncentral(f, df[1], df[2], 0.025))
  ends_90 <- c(noncentral(f, df[1], df[2], 0.95), noncentral(f, df[1], df[2], 0.05))
  theirs <- suppressMessages(eta_squared(model, partial = FALSE, alternative = "two.sided"))
  data.frame(dataset = name, f = f, df_num = df[[1]], df_den = df[[2]], p = fisher$p.value,
    welch_f = welch$statistic[[1]], welch_df = welch$parameter[[2]], welch_p = welch$p.value,
    h = ranks$statistic[[1]], h_p = ranks$p.value, permutation_p = permuted_f(d),
    eta = theirs$Eta2, effectsize_low = theirs$CI_low, effectsize_high = theirs$CI_high,
    omega = suppressMessages(omega_squared(model, partial = FALSE)$Omega2),
    epsilon = suppressMessages(epsilon_squared(model, partial = FALSE)$Epsilon2),
    share_low = ends[1] / (ends[1] + nrow(d)), share_high = ends[2] / (ends[2] + nrow(d)),
    share_low_90 = ends_90[1] / (ends_90[1] + nrow(d)),
    share_high_90 = ends_90[2] / (ends_90[2] + nrow(d)),
    rank_epsilon = suppressWarnings(rank_epsilon_squared(y ~ g, data = d, ci = NULL)$rank_epsilon_squared))
})
save_table(of_all, "several_groups.csv")

assumed <- lapply(names(sets), function(name) {
  d <- framed(sets[[name]])
  row <- function(check, group, n, statistic, df1 = NA, df2 = NA, p = NA) {
    data.frame(dataset = name, check = check, group = group, n = n, statistic = statistic,
      df_num = df1, df_den = df2, p_value = p)
  }
  shapiro <- function(x, group) {
    if (length(x) < 4) return(row("Shapiro-Wilk", group, length(x), NA))
    s <- shapiro.test(x)
    row("Shapiro-Wilk", group, length(x), s$statistic[[1]], p = s$p.value)
  }
  levene <- function(check, centre) {
    l <- leveneTest(y ~ g, d, center = centre)
    row(check, "", nrow(d), l[1, "F value"], l[1, "Df"], l[2, "Df"], l[1, "Pr(>F)"])
  }
  spread <- tapply(d$y, d$g, var)
  do.call(rbind, c(
    lapply(levels(d$g), function(g) shapiro(d$y[d$g == g], g)),
    list(shapiro(residuals(lm(y ~ g, d)), "residuals"), levene("Brown-Forsythe", median),
      levene("Levene", mean), row("variance ratio", "", nrow(d), max(spread) / min(spread)))
  ))
})
save_table(assumed, "assumptions.csv")

# Dunnett by mvtnorm's TVPACK for two groups, which is exact, else by nested integration.
dunnett_tail <- function(bound, n, n0, df) {
  shared <- sqrt(n / (n + n0))
  if (length(n) == 2) {
    corr <- outer(shared, shared)
    diag(corr) <- 1
    up_to <- function(x, y) {
      as.numeric(pmvt(c(-Inf, -Inf), c(x, y), df = df, corr = corr,
        algorithm = TVPACK(abseps = 1e-14)))
    }
    inside <- up_to(bound, bound) - up_to(-bound, bound) - up_to(bound, -bound) +
      up_to(-bound, -bound)
    return(1 - inside)
  }
  given_s <- function(s) sapply(s, function(one) {
    integrate(function(z) {
      inside <- sapply(z, function(at) prod(
        pnorm((shared * at + bound * one) / sqrt(1 - shared^2)) -
          pnorm((shared * at - bound * one) / sqrt(1 - shared^2))))
      dnorm(z) * inside
    }, -9, 9, rel.tol = 1e-11, subdivisions = 500)$value
  })
  density <- function(s) 2 * df * s * dchisq(df * s^2, df)
  upper <- sqrt(qchisq(1e-17, df, lower.tail = FALSE) / df)
  1 - integrate(function(s) density(s) * given_s(s), 0, upper, rel.tol = 1e-11,
    subdivisions = 500)$value
}

# The studentised range by nested integration over the logarithm of the SD: stats::ptukey loses
# digits with few degrees of freedom.
range_tail <- function(t, k, df) {
  beyond <- function(w) sapply(w, function(x) {
    integrate(function(z) {
      k * dnorm(z) * (pnorm(z)^(k - 1) - (pnorm(z) - pnorm(z - x))^(k - 1))
    }, -9, 9, rel.tol = 1e-11, subdivisions = 500)$value
  })
  integrate(function(u) {
    s <- exp(u)
    2 * df * s^2 * dchisq(df * s^2, df) * beyond(t * sqrt(2) * s)
  }, -30, 3, rel.tol = 1e-10, subdivisions = 2000)$value
}
range_bound <- function(k, df) {
  uniroot(function(t) range_tail(t, k, df) - 0.05, c(1, 15), tol = 1e-10)$root
}

paired_up <- lapply(names(sets), function(name) {
  d <- framed(sets[[name]])
  n <- tabulate(d$g)
  k <- nlevels(d$g)
  means <- tapply(d$y, d$g, mean)
  variances <- tapply(d$y, d$g, var)
  df <- nrow(d) - k
  s2 <- sum((n - 1) * variances) / df
  hsd <- TukeyHSD(aov(y ~ g, d))$g
  theirs <- suppressMessages(rstatix::games_howell_test(d, y ~ g))
  dunns <- rstatix::dunn_test(d, y ~ g, p.adjust.method = "holm")
  row <- function(test, i, j, ...) {
    data.frame(dataset = name, test = test, first = levels(d$g)[i], second = levels(d$g)[j], ...)
  }
  rows <- list()
  for (j in seq_len(k - 1)) for (i in (j + 1):k) {
    key <- paste(levels(d$g)[i], levels(d$g)[j], sep = "-")
    se <- sqrt(s2 * (1 / n[i] + 1 / n[j]))
    t <- (means[[i]] - means[[j]]) / se
    rows <- c(rows, list(row("tukey", i, j, estimate = means[[i]] - means[[j]], std_error = se,
      df = df, p_value = 2 * pt(-abs(t), df), p_adjusted = range_tail(abs(t), k, df),
      conf_low = hsd[key, "lwr"], conf_high = hsd[key, "upr"], printed = hsd[key, "p adj"])))
    parts <- c(variances[[i]] / n[i], variances[[j]] / n[j])
    se <- sqrt(sum(parts))
    own <- sum(parts)^2 / sum(parts^2 / (c(n[i], n[j]) - 1))
    t <- (means[[i]] - means[[j]]) / se
    half <- range_bound(k, own) * se
    at <- which(theirs$group1 == levels(d$g)[j] & theirs$group2 == levels(d$g)[i])
    rows <- c(rows, list(row("games-howell", i, j, estimate = means[[i]] - means[[j]],
      std_error = se, df = own, p_value = 2 * pt(-abs(t), own),
      p_adjusted = range_tail(abs(t), k, own),
      conf_low = means[[i]] - means[[j]] - half, conf_high = means[[i]] - means[[j]] + half,
      printed = theirs$p.adj[at])))
    at <- which(dunns$group1 == levels(d$g)[j] & dunns$group2 == levels(d$g)[i])
    rows <- c(rows, list(row("dunn", i, j, estimate = NA, std_error = NA,
      df = NA, p_value = dunns$p[at], p_adjusted = dunns$p.adj[at],
      conf_low = NA, conf_high = NA, printed = dunns$statistic[at])))
  }
  set.seed(1)
  fit <- glht(lm(y ~ g, d), linfct = mcp(g = "Dunnett"))
  drawn <- summary(fit, test = adjusted("single-step", abseps = 1e-7, maxpts = 5e6))$test$pvalues
  tail_at <- function(bound) dunnett_tail(bound, n[-1], n[1], df)
  bound <- uniroot(function(b) tail_at(b) - 0.05, c(1, 12), tol = 1e-11)$root
  for (i in 2:k) {
    se <- sqrt(s2 * (1 / n[i] + 1 / n[1]))
    t <- (means[[i]] - means[[1]]) / se
    rows <- c(rows, list(row("dunnett", i, 1, estimate = means[[i]] - means[[1]], std_error = se,
      df = df, p_value = 2 * pt(-abs(t), df), p_adjusted = tail_at(abs(t)),
      conf_low = means[[i]] - means[[1]] - bound * se,
      conf_high = means[[i]] - means[[1]] + bound * se, printed = drawn[[i - 1]])))
  }
  do.call(rbind, rows)
})
save_table(paired_up, "pairs.csv")

# Covariates: a number and categories beside each group of the first two sets.
covariates <- list(
  ties_and_zeros = list(
    base = c(20, 35, 10, 40, 30, 55, 25, 60, 45, 30, 15, 35, 50, 45, 60, 70, 65, 80, 40, 55, 60,
      75, 40, 80, 95, 90, 85, 30, 50),
    site = c("A", "B", "A", "B", "C", "A", "B", "C", "A", "B", "C", "A", "A", "B", "C", "B", "A",
      "C", "B", "A", "C", "B", "A", "C", "B", "A", "C", "B", "A")
  ),
  unbalanced = list(
    base = c(25, 28, 20, 24, 27, 33, 19, 26, 29, 25, 22, 28, 30, 18, 24, 27, 23, 35, 28, 21, 20,
      24, 19, 30, 17, 21, 16, 25, 20),
    site = c("A", "B", "A", "A", "B", "B", "A", "B", "B", "A", "A", "B", "A", "A", "B", "B", "A",
      "B", "A", "A", "B", "A", "B", "B", "A", "A", "B", "A", "B")
  )
)
adjusted_for <- lapply(names(covariates), function(name) {
  d <- framed(sets[[name]])
  d$base <- covariates[[name]]$base
  d$site <- factor(covariates[[name]]$site)
  one <- function(formula, label) {
    fit <- lm(formula, d)
    f <- Anova(fit, type = 2)["g", ]
    own <- lm(update(formula, if (label == "base") . ~ . + g:base else . ~ . + g:base + g:site), d)
    slopes <- anova(fit, own)
    grid <- emmeans(fit, "g")
    means <- as.data.frame(summary(grid))
    against <- as.data.frame(summary(contrast(grid, "trt.vs.ctrl", adjust = "none"), infer = TRUE))
    rbind(
      data.frame(dataset = name, covariates = label, what = "omnibus", group = "",
        estimate = f[["F value"]], std_error = NA, df = fit$df.residual, statistic = NA,
        p_value = f[["Pr(>F)"]], conf_low = NA, conf_high = NA),
      data.frame(dataset = name, covariates = label, what = "slopes", group = "",
        estimate = slopes$F[2], std_error = slopes$Df[2], df = slopes$Res.Df[2], statistic = NA,
        p_value = slopes$`Pr(>F)`[2], conf_low = NA, conf_high = NA),
      data.frame(dataset = name, covariates = label, what = "mean", group = means$g,
        estimate = means$emmean, std_error = means$SE, df = means$df, statistic = NA,
        p_value = NA, conf_low = means$lower.CL, conf_high = means$upper.CL),
      data.frame(dataset = name, covariates = label, what = "difference",
        group = levels(d$g)[-1], estimate = against$estimate, std_error = against$SE,
        df = against$df, statistic = against$t.ratio, p_value = against$p.value,
        conf_low = against$lower.CL, conf_high = against$upper.CL)
    )
  }
  rbind(one(y ~ g + base, "base"), one(y ~ g + base + site, "base site"))
})
save_table(adjusted_for, "adjusted_groups.csv")
