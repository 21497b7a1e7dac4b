# Mediation and moderation in R 4.2.2: lm, glm with integrate, emmeans; percentile and BCa intervals
# of boot. Writes mediation_data.csv, mediation.csv, moderation.csv, bootstrap_draws.csv, bootstrap.csv.
# Run from the repository's root: Rscript tests/oracle/mediation.R

suppressMessages({
  library(boot)
  library(emmeans)
})
set.seed(2015)
digits <- function(x) sprintf("%.15g", x)
make <- function(name, n, share, ties) {
  drug <- rbinom(n, 1, share)
  base <- round(rnorm(n, 31, 4))
  age <- round(runif(n, 20, 65))
  m <- 6 + 7 * drug + 0.2 * (base - 31) + rnorm(n, 0, 5)
  if (ties) m <- pmax(0, round(m / 5) * 5)
  y <- round(base - 6 - 4 * drug - 0.35 * m + rnorm(n, 0, 5), 1)
  data.frame(data = name, id = sprintf("%s%03d", substr(name, 1, 1), 1:n), drug = drug, base = base,
    age = age, m = m, y = y, r = as.numeric(y <= base / 2))
}
sets <- list(make("large", 120, 0.5, FALSE), make("ties", 60, 0.4, TRUE), make("small", 31, 0.55, FALSE))
all <- do.call(rbind, sets)
for (v in c("m", "y")) all[[v]] <- as.numeric(digits(all[[v]]))
write.csv(transform(all, m = digits(m), y = digits(y)), "tests/oracle/mediation_data.csv",
  row.names = FALSE, quote = FALSE)

out <- data.frame()
keep <- function(...) out <<- rbind(out, data.frame(...))
moderated <- data.frame()
for (name in unique(all$data)) {
  d <- all[all$data == name, ]
  mm <- lm(m ~ drug + base + age, d)
  ym <- lm(y ~ drug + m + base + age, d)
  yt <- lm(y ~ drug + base + age, d)
  a <- summary(mm)$coefficients["drug", ]
  b <- summary(ym)$coefficients["m", ]
  for (one in list(list("a", a, confint(mm)["drug", ]), list("b", b, confint(ym)["m", ]))) {
    keep(data = name, outcome = "linear", term = one[[1]], estimate = digits(one[[2]][1]),
      std_error = digits(one[[2]][2]), conf_low = digits(one[[3]][1]), conf_high = digits(one[[3]][2]),
      p_value = digits(one[[2]][4]))
  }
  point <- function(outcome, term, x) keep(data = name, outcome = outcome, term = term,
    estimate = digits(x), std_error = NA, conf_low = NA, conf_high = NA, p_value = NA)
  point("linear", "total", coef(yt)["drug"])
  point("linear", "direct", coef(ym)["drug"])
  point("linear", "indirect", a[1] * b[1])
  g <- glm(r ~ drug + m + base + age, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100))
  s <- summary(mm)$sigma
  risk <- function(x, x2) {
    own <- transform(d, drug = x, m = 0)
    eta <- predict(g, own)
    mu <- predict(mm, transform(d, drug = x2))
    mean(mapply(function(e, u) integrate(function(z) plogis(e + coef(g)["m"] * z) * dnorm(z, u, s),
      u - 12 * s, u + 12 * s, rel.tol = 1e-12, subdivisions = 1000)$value, eta, mu))
  }
  # All responders of the small set had the drug: separated, and no estimate exists.
  if (name != "small") {
  r00 <- risk(0, 0); r10 <- risk(1, 0); r11 <- risk(1, 1)
  point("binary", "total", r11 - r00)
  point("binary", "direct", r10 - r00)
  point("binary", "indirect", r11 - r10)
  }
  # moderation: does the effect of the drug depend on age?
  f <- lm(y ~ drug * age + base, d)
  row <- function(term, at, x, ci) moderated <<- rbind(moderated, data.frame(data = name, term = term,
    at = digits(at), estimate = digits(x[1]), std_error = digits(x[2]), df = f$df.residual,
    conf_low = digits(ci[1]), conf_high = digits(ci[2]), p_value = digits(x[3])))
  k <- summary(f)$coefficients["drug:age", ]
  row("interaction", NA, k[c(1, 2, 4)], confint(f)["drug:age", ])
  for (at in c(mean(d$age) - sd(d$age), mean(d$age), mean(d$age) + sd(d$age))) {
    e <- contrast(emmeans(f, ~ drug, at = list(drug = 0:1, age = at)), list(c(-1, 1)))
    v <- summary(e, infer = TRUE)
    row("treatment", at, c(v$estimate, v$SE, v$p.value), c(v$lower.CL, v$upper.CL))
  }
}
write.csv(out, "tests/oracle/mediation.csv", row.names = FALSE, quote = FALSE, na = "")
write.csv(moderated, "tests/oracle/moderation.csv", row.names = FALSE, quote = FALSE, na = "")

# Intervals from given draws: the indirect effect of the small set, resampled 999 times.
d <- sets[[3]]
indirect <- function(d, i) {
  coef(lm(m ~ drug + base, d[i, ]))[2] * coef(lm(y ~ drug + m + base, d[i, ]))[3]
}
boots <- boot(d, indirect, R = 999)
leave <- sapply(seq_len(nrow(d)), function(i) indirect(d, -i))
L <- (nrow(d) - 1) * (mean(leave) - leave)
ci <- data.frame()
for (level in c(0.8, 0.95, 0.99)) {
  p <- boot.ci(boots, conf = level, type = c("perc", "bca"), L = L)
  ci <- rbind(ci,
    data.frame(level, method = "percentile", low = digits(p$percent[4]), high = digits(p$percent[5])),
    data.frame(level, method = "bca", low = digits(p$bca[4]), high = digits(p$bca[5])))
}
write.csv(ci, "tests/oracle/bootstrap.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(kind = c("estimate", rep("draw", 999), rep("influence", length(L))),
  value = digits(c(boots$t0, boots$t, L))), "tests/oracle/bootstrap_draws.csv", row.names = FALSE, quote = FALSE)
