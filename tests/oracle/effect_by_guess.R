# Treatment effects within guesses, in R 4.2.2 by stats::lm and stats::anova.
# Writes effect_by_guess_data.csv (one row a subject) and effect_by_guess.csv.
# Run from the repository's root: Rscript tests/oracle/effect_by_guess.R

set.seed(20041)
pseudo <- function(i, k) runif(length(i))

make <- function(name, n, share, miss) {
  i <- seq_len(n)
  d <- data.frame(data = name, id = sprintf("%s%03d", substr(name, 1, 1), i))
  d$arm <- ifelse(pseudo(i, 1) < share, "ketamine", "midazolam")
  d$base <- 25 + floor(12 * pseudo(i, 2))
  d$score <- pmax(0, d$base - floor(20 * pseudo(i, 3)) - 3 * (d$arm == "ketamine"))
  u <- pseudo(i, 5) + 0.1 * (d$arm == "ketamine")
  d$guess <- ifelse(u > 0.7, "ketamine", ifelse(u > 0.38, "midazolam", "unsure"))
  d$guess[pseudo(i, 7) < miss] <- NA
  d$score[pseudo(i, 11) < miss] <- NA
  d$base[pseudo(i, 13) < miss] <- NA
  d
}
sets <- list(make("even", 80, 0.5, 0), make("gaps", 61, 0.65, 0.12), make("few", 36, 0.45, 0.05))
written <- do.call(rbind, sets)
write.csv(written, "tests/oracle/effect_by_guess_data.csv", row.names = FALSE, quote = FALSE, na = "")

rows <- data.frame()
keep <- function(...) rows <<- rbind(rows, data.frame(...))
digits <- function(x) sprintf("%.15g", x)
one <- function(name, guessed, d, formula = score ~ base + drug) {
  fit <- lm(formula, d)
  s <- summary(fit)$coefficients["drug", ]
  ci <- confint(fit)["drug", ]
  keep(data = name, guessed = guessed, n = sum(d$drug), n_reference = sum(1 - d$drug),
    estimate = digits(s[1]), std_error = digits(s[2]), conf_low = digits(ci[1]),
    conf_high = digits(ci[2]), statistic = digits(s[3]), df = digits(fit$df.residual), df_num = 1,
    p_value = digits(s[4]))
}
for (d in sets) {
  name <- d$data[1]
  d <- d[complete.cases(d), ]
  d$drug <- as.numeric(d$arm == "ketamine")
  one(name, "all", d)
  one(name, "all, adjusted for the guess", d, score ~ base + guess + drug)
  for (g in c("midazolam", "ketamine", "unsure")) {
    one(name, if (g == "unsure") "don't know" else g, d[d$guess == g, ])
  }
  test <- anova(lm(score ~ base + guess + drug, d), lm(score ~ base + guess * drug, d))
  keep(data = name, guessed = "treatment x guess", n = NA, n_reference = NA, estimate = NA,
    std_error = NA, conf_low = NA, conf_high = NA, statistic = digits(test$F[2]),
    df = digits(test$Res.Df[2]), df_num = test$Df[2], p_value = digits(test[["Pr(>F)"]][2]))
}
write.csv(rows, "tests/oracle/effect_by_guess.csv", row.names = FALSE, quote = TRUE, na = "")
