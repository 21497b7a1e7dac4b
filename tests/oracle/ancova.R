# Analysis of covariance by lm, emmeans, sandwich and car; Tukey and Dunnett intervals by emmeans (mvt).
# Writes ancova_data.csv and ancova.csv. Run in this folder: Rscript ancova.R
suppressMessages({
  library(emmeans)
  library(sandwich)
})
options(digits = 15, contrasts = c("contr.treatment", "contr.poly"))
iris3 <- data.frame(set = "iris", y = iris$Sepal.Length, base = iris$Sepal.Width,
                    arm = as.character(iris$Species), site = rep(c("x", "y"), 75))
growth <- data.frame(set = "plants", y = PlantGrowth$weight * 100,
                     base = round(10 * sin(1:30)), arm = as.character(PlantGrowth$group),
                     site = ifelse(1:30 %% 4 == 0, "x", "y"))[-c(2, 13, 14, 29), ]
ties <- data.frame(set = "ties", y = c(3, 3, 4, 5, 5, 5, 8, 9, 2, 2, 2, 7), base = rep(1:4, 3),
                   arm = rep(c("p", "k", "e"), c(5, 4, 3)), site = rep(c("x", "y", "y"), 4))
data <- rbind(iris3, growth, ties)
write.csv(data, "ancova_data.csv", row.names = FALSE)
out <- list()
put <- function(set, key, what, value)
  out[[length(out) + 1]] <<- data.frame(set, key, what, value = sprintf("%.15g", value))
first <- c(iris = "setosa", plants = "ctrl", ties = "p")
for (set in unique(data$set)) {
  d <- data[data$set == set, ]
  d$arm <- factor(d$arm, unique(c(first[[set]], d$arm)))
  m <- lm(y ~ base + arm + site, d)
  s <- coef(summary(m))
  ci <- confint(m)
  for (t in rownames(s)) {
    put(set, t, "estimate", s[t, 1]); put(set, t, "std_error", s[t, 2])
    put(set, t, "statistic", s[t, 3]); put(set, t, "p_value", s[t, 4])
    put(set, t, "conf_low", ci[t, 1]); put(set, t, "conf_high", ci[t, 2])
    put(set, t, "df", df.residual(m))
    for (k in c("HC0", "HC2", "HC3")) put(set, t, k, sqrt(vcovHC(m, k)[t, t]))
  }
  put(set, "", "log_likelihood", as.numeric(logLik(m)))
  put(set, "", "aic", AIC(m)); put(set, "", "bic", BIC(m))
  for (w in c("equal", "proportional")) {
    e <- as.data.frame(emmeans(m, "arm", weights = w))
    for (i in seq_len(nrow(e))) {
      put(set, paste(w, e$arm[i]), "mean", e$emmean[i])
      put(set, paste(w, e$arm[i]), "mean_se", e$SE[i])
    }
  }
  em <- emmeans(m, "arm")
  tukey <- as.data.frame(confint(pairs(em, reverse = TRUE, adjust = "tukey")))
  tp <- as.data.frame(pairs(em, reverse = TRUE, adjust = "tukey"))
  for (i in seq_len(nrow(tukey))) {
    put(set, as.character(tukey$contrast[i]), "tukey_low", tukey$lower.CL[i])
    put(set, as.character(tukey$contrast[i]), "tukey_p", tp$p.value[i])
  }
  set.seed(1)
  exact <- mvtnorm::GenzBretz(maxpts = 2e6, abseps = 1e-7, releps = 0)
  v <- vcov(contrast(em, "trt.vs.ctrl")); sd <- sqrt(diag(v))
  dn <- as.data.frame(contrast(em, "trt.vs.ctrl", adjust = "none"))
  inside <- function(t) mvtnorm::pmvt(rep(-t, nrow(dn)), rep(t, nrow(dn)), df = df.residual(m),
                                      corr = cov2cor(v), algorithm = exact)
  q <- uniroot(function(t) inside(t) - 0.95, c(1.5, 6), tol = 1e-9)$root
  for (i in seq_len(nrow(dn))) {
    t <- abs(dn$t.ratio[i])
    p <- 1 - inside(t)
    put(set, as.character(dn$contrast[i]), "dunnett_p", p)
    put(set, as.character(dn$contrast[i]), "dunnett_low", dn$estimate[i] - q * dn$SE[i])
  }
  es <- as.data.frame(eff_size(em, sigma = sigma(m), edf = df.residual(m), method = "trt.vs.ctrl"))
  for (i in seq_len(nrow(es))) {
    put(set, paste0("d", i), "d", es$effect.size[i])
    put(set, paste0("d", i), "d_low", es$lower.CL[i])
  }
  f <- as.data.frame(joint_tests(m))
  for (i in seq_len(nrow(f))) put(set, as.character(f[i, 1]), "joint_p", f$p.value[i])
}
write.csv(do.call(rbind, out), "ancova.csv", row.names = FALSE)
