# Effects by subgroup and their interaction, in R 4.2.2 (stats::glm, stats::lm).
# Writes subgroups_data.csv (one row a subject) and subgroups.csv (one row a number).
# Run from the repository's root: Rscript tests/oracle/subgroups.R

pseudo <- function(i, k) ((i * (7919 + 13 * k) + i * i * (31 + k) + 57 * k) %% 1009) / 1009

make <- function(name, n, arms, levels, seed) {
  i <- seq_len(n)
  d <- data.frame(data = name, id = i, arm = floor(arms * pseudo(i, seed)),
                  level = floor(levels * pseudo(i, seed + 3)^1.3))
  d$value <- round(20 + 10 * d$level + 9 * pseudo(i, seed + 5))
  d$base <- 25 + floor(15 * pseudo(i, seed + 7))
  d$last <- pmax(0, round(d$base - 4 - 2 * d$arm * (0.4 + d$level / 2) - 24 * pseudo(i, seed + 9)))
  d
}
# Two arms and subgroups; three of each, unbalanced; ties and a subgroup without the outcome.
two <- make("two", 90, 2, 2, 1)
three <- make("three", 150, 3, 3, 2)
empty <- make("empty", 60, 2, 2, 4)
empty$last[empty$arm == 0 & empty$level == 1] <- 30
three$level[three$id %% 17 == 0] <- NA
frames <- list(two, three, empty)

rows <- NULL
put <- function(data, what, value) {
  rows <<- rbind(rows, data.frame(data = data, what = what, value = value))
}
for (d in frames) {
  name <- d$data[1]
  d$met <- as.numeric(d$last <= 18)
  d$change <- d$last - d$base
  d$a <- factor(d$arm)
  d <- d[!is.na(d$level), ]
  d$l <- factor(d$level)
  strict <- glm.control(epsilon = 1e-14, maxit = 200)
  full <- glm(met ~ a * l, binomial, d, control = strict)
  main <- glm(met ~ a + l, binomial, d, control = strict)
  test <- anova(main, full, test = "LRT")
  put(name, "likelihood ratio", test$Deviance[2])
  put(name, "likelihood ratio p", test$`Pr(>Chi)`[2])
  if (name != "empty") {
    own <- grep(":", names(coef(full)))
    wald <- drop(coef(full)[own] %*% solve(vcov(full)[own, own]) %*% coef(full)[own])
    put(name, "Wald", wald)
    put(name, "Wald p", pchisq(wald, length(own), lower.tail = FALSE))
  }
  full <- glm(met ~ a * value, binomial, d, control = strict)
  main <- glm(met ~ a + value, binomial, d, control = strict)
  test <- anova(main, full, test = "LRT")
  put(name, "uncut likelihood ratio", test$Deviance[2])
  own <- grep(":", names(coef(full)))
  put(name, "uncut Wald", drop(coef(full)[own] %*% solve(vcov(full)[own, own]) %*% coef(full)[own]))
  if (length(own) == 1) {
    put(name, "uncut ratio", exp(coef(full)[[own]]))
    put(name, "uncut low", exp(coef(full)[[own]] - qnorm(0.975) * sqrt(vcov(full)[own, own])))
  }
  full <- lm(change ~ base + a * l, d)
  test <- anova(lm(change ~ base + a + l, d), full)
  put(name, "F", test$F[2])
  put(name, "F p", test$`Pr(>F)`[2])
  test <- anova(lm(change ~ base + a + value, d), lm(change ~ base + a * value, d))
  put(name, "uncut F", test$F[2])
  within <- lm(change ~ base + l + l:a, d)
  ends <- confint(within)
  for (term in grep(":a", names(coef(within)), value = TRUE)) {
    put(name, paste("difference", term), coef(within)[[term]])
    put(name, paste("low", term), ends[term, 1])
  }
}
options(digits = 15)
write.csv(do.call(rbind, frames), "tests/oracle/subgroups_data.csv", row.names = FALSE,
          quote = FALSE, na = "")
write.csv(format(rows, digits = 15, trim = TRUE, scientific = FALSE), "tests/oracle/subgroups.csv",
          row.names = FALSE, quote = FALSE)
