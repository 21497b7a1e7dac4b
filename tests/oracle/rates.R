# Response and remission rates in R 4.2.2, from raw scores, by base R alone.
# Writes rates_data.csv (the raw scores), rates.csv (one row a data set, rule, handling of
# missing scores, arm and visit) and rate_contrasts.csv (arms against the first).
# Run from the repository's root: Rscript tests/oracle/rates.R

# Three made-up trials, by a fixed formula. Scores are in tenths of a point, so that every
# comparison below is one of whole numbers, and exact.
pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009

# Every score is baseline times a round share, where that is whole: ties at the boundary.
boundary <- function() {
  rows <- NULL
  for (i in 1:72) {
    base <- c(20, 40, 30, 5, 10, 60, 25, 35)[i %% 8 + 1] * 10
    share <- c(0.5, 0.65, 0.8, 0.5, 1, 0.2)[1 + floor(6 * pseudo(i, 1:4))]
    score <- c(base, round(base * share))
    arm <- if (i %% 5 < 3) "ketamine" else "placebo"
    rows <- rbind(rows, data.frame(id = i, arm = arm, visit = 0:4, tenths = score))
  }
  rows
}

# Gaps, drop-out, no baseline, baseline 0, never scored.
gaps <- function() {
  rows <- NULL
  for (i in 1:90) {
    base <- 20 + floor(30 * pseudo(i, 1))
    if (i == 17) base <- 0
    score <- floor(base * (1.1 - pseudo(i, 2) * c(0, 0.4, 0.7, 0.9, 1.1)))
    score[1] <- base
    score[c(FALSE, pseudo(i, 3:6) < 0.15)] <- NA
    left <- floor(1 + 9 * pseudo(i, 7))
    if (left < 5) score[(left + 1):5] <- NA
    if (i %% 13 == 0) score[1] <- NA
    if (i %% 29 == 0) score[] <- NA
    arm <- if (i %% 3) "ketamine" else "placebo"
    rows <- rbind(rows, data.frame(id = i, arm = arm, visit = 0:4, tenths = score * 10))
  }
  rows
}

# Three arms of 4, 26 and 11 subjects, scores with one decimal, empty cells.
unbalanced <- function() {
  rows <- NULL
  for (i in 1:41) {
    arm <- if (i <= 4) "placebo" else if (i <= 30) "ketamine" else "esketamine"
    base <- 200 + floor(250 * pseudo(i, 1))
    effect <- c(placebo = 0.2, ketamine = 1.2, esketamine = 0.9)[[arm]]
    score <- c(base, pmax(0, floor(base * (1.05 - effect * pseudo(i, 2:5)))))
    score[c(FALSE, pseudo(i, 6:9) < 0.1)] <- NA
    rows <- rbind(rows, data.frame(id = i, arm = arm, visit = 0:4, tenths = score))
  }
  rows
}

trials <- list(boundary = boundary(), gaps = gaps(), unbalanced = unbalanced())
orders <- list(
  boundary = c("placebo", "ketamine"), gaps = c("placebo", "ketamine"),
  unbalanced = c("placebo", "ketamine", "esketamine")
)

# TRUE, FALSE or NA (not to be judged): base and score in tenths, shares in per cent.
rules <- list(
  at_least_50 = function(base, score) judged(base, 100 * (base - score) >= 50 * base),
  above_50 = function(base, score) judged(base, 100 * (base - score) > 50 * base),
  at_least_35 = function(base, score) judged(base, 100 * (base - score) >= 35 * base),
  at_least_20 = function(base, score) judged(base, 100 * (base - score) >= 20 * base),
  above_20 = function(base, score) judged(base, 100 * (base - score) > 20 * base),
  at_most_10 = function(base, score) score <= 100,
  below_10 = function(base, score) score < 100
)
judged <- function(base, met) ifelse(is.na(base) | base <= 0, NA, met)

carried <- function(scores) {
  for (i in seq_len(nrow(scores))) {
    last <- NA
    for (j in seq_len(ncol(scores))) {
      if (is.na(scores[i, j])) scores[i, j] <- last else last <- scores[i, j]
    }
  }
  scores
}

wilson <- function(x, n) prop.test(x, n, correct = FALSE)$conf.int
exact <- function(x, n) binom.test(x, n)$conf.int

written <- function(rows, file) {
  numbers <- vapply(rows, is.double, TRUE)
  rows[numbers] <- lapply(rows[numbers], formatC, digits = 17, format = "g")
  rows[] <- lapply(rows, function(x) ifelse(trimws(x) %in% c("NA", "NaN"), "", trimws(x)))
  write.csv(rows, file.path("tests", "oracle", file), row.names = FALSE, quote = FALSE)
}

rates <- contrasts <- NULL
for (trial in names(trials)) {
  long <- trials[[trial]]
  wide <- tapply(long$tenths, list(long$id, long$visit), identity)
  arm <- tapply(long$arm, long$id, unique)
  base <- wide[, 1]
  for (rule in names(rules)) for (missing in c("observed", "locf", "nri")) {
    scores <- if (missing == "locf") carried(wide[, -1]) else wide[, -1]
    for (visit in 1:4) {
      met <- rules[[rule]](base, scores[, visit])
      if (missing == "nri") met <- met %in% TRUE
      x <- tapply(met, arm, sum, na.rm = TRUE)[orders[[trial]]]
      n <- tapply(!is.na(met), arm, sum)[orders[[trial]]]
      for (group in names(x)) {
        w <- suppressWarnings(wilson(x[[group]], n[[group]]))
        e <- exact(x[[group]], n[[group]])
        rates <- rbind(rates, data.frame(
          trial, rule, missing, arm = group, visit, count = x[[group]], n = n[[group]],
          estimate = x[[group]] / n[[group]],
          wilson_low = w[1], wilson_high = w[2], exact_low = e[1], exact_high = e[2]
        ))
      }
      for (group in names(x)[-1]) {
        pair <- c(group, names(x)[1])
        test <- suppressWarnings(prop.test(x[pair], n[pair], correct = FALSE))
        cells <- cbind(x[pair], n[pair] - x[pair])
        odds <- c(NA, NA, NA)
        if (all(cells > 0)) {
          fit <- glm(cells ~ c(1, 0), family = binomial, control = list(epsilon = 1e-12, maxit = 100))
          odds <- exp(c(coef(fit)[2], confint.default(fit)[2, ]))
        }
        contrasts <- rbind(contrasts, data.frame(
          trial, rule, missing, arm = group, visit,
          difference = unname(test$estimate[1] - test$estimate[2]),
          wald_low = test$conf.int[1], wald_high = test$conf.int[2], pearson_p = test$p.value,
          ratio = unname(test$estimate[1] / test$estimate[2]),
          odds_ratio = odds[1], odds_low = odds[2], odds_high = odds[3]
        ))
      }
    }
  }
}
written(rates, "rates.csv")
written(contrasts, "rate_contrasts.csv")
data <- do.call(rbind, lapply(names(trials), function(trial) {
  cbind(trial = trial, trials[[trial]])
}))
data$score <- data$tenths / 10
data$tenths <- NULL
data$score <- ifelse(is.na(data$score), "", format(data$score, trim = TRUE, nsmall = 1))
write.csv(data, "tests/oracle/rates_data.csv", row.names = FALSE, quote = FALSE)
