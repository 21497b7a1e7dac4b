# Mixed models for repeated measures: nlme::gls, lme4 with lmerTest and pbkrtest, emmeans.
# Writes mmrm_data.csv (three data sets) and mmrm.csv (one number a row).
# Run in this folder: Rscript mmrm.R
suppressMessages({
  library(nlme)
  library(lme4)
  library(lmerTest)
  library(pbkrtest)
  library(emmeans)
})
options(digits = 15, contrasts = c("contr.treatment", "contr.poly"))

# growth: Orthodont with gaps; sleep: sleepstudy at five days with a made-up arm; trial: drop-out.
growth <- data.frame(set = "growth", id = as.character(Orthodont$Subject),
                     arm = ifelse(Orthodont$Sex == "Male", "a", "b"), visit = Orthodont$age,
                     base = 0, y = Orthodont$distance)
growth$base <- ave(growth$y, growth$id, FUN = function(v) v[1]) # the first, as a covariate
growth <- growth[growth$visit > 8, ][-c(3, 8, 14, 27, 28, 51, 70, 71, 72), ]
sleep <- data.frame(set = "sleep", id = as.character(sleepstudy$Subject),
                    arm = ifelse(as.integer(sleepstudy$Subject) %% 3 == 0, "b", "a"),
                    visit = sleepstudy$Days,
                    base = ave(sleepstudy$Reaction, sleepstudy$Subject, FUN = function(v) v[1]),
                    y = sleepstudy$Reaction)
sleep <- sleep[sleep$visit %in% c(1, 3, 5, 7), ]
set.seed(4)
n <- 40
base <- round(rnorm(n, 32, 5))
person <- rnorm(n, 0, 4)
trial <- do.call(rbind, lapply(1:n, function(i) {
  stay <- sample(1:4, 1, prob = c(.12, .13, .15, .6))
  data.frame(set = "trial", id = sprintf("t%02d", i), arm = if (i %% 5 < 2) "b" else "a",
             visit = 1:stay, base = base[i],
             y = round(base[i] * .6 + person[i] - 2 * (1:stay) - 3 * (i %% 5 < 2) +
                         rnorm(stay, 0, 3)))
}))
data <- rbind(growth, sleep, trial)
write.csv(data, "mmrm_data.csv", row.names = FALSE)

out <- list()
put <- function(set, model, term, what, value) {
  out[[length(out) + 1]] <<- data.frame(set, model, term, what, value = sprintf("%.15g", value))
}
control <- glsControl(maxIter = 500, msMaxIter = 2000, tolerance = 1e-10, msTol = 1e-10)
form <- y ~ base + arm * v

for (set in c("growth", "sleep", "trial")) {
  d <- data[data$set == set, ]
  d$v <- factor(d$visit)
  d$k <- as.integer(d$v)
  for (method in c("REML", "ML")) {
    m <- gls(form, d, correlation = corSymm(form = ~ k | id), weights = varIdent(form = ~ 1 | v),
             method = method, control = control)
    model <- paste0("us_", method)
    b <- summary(m)$tTable
    for (t in rownames(b)) {
      put(set, model, t, "estimate", b[t, 1])
      put(set, model, t, "std_error", b[t, 2])
    }
    put(set, model, "", "log_likelihood", as.numeric(logLik(m)))
  }
  # a random intercept is compound symmetry with a correlation from 0 on
  l <- lmerTest::lmer(y ~ base + arm * v + (1 | id), d,
                      control = lmerControl(optimizer = "bobyqa",
                                            optCtrl = list(rhoend = 1e-12, maxfun = 1e5)))
  s <- coef(summary(l, ddf = "Satterthwaite"))
  for (t in rownames(s)) {
    put(set, "cs", t, "estimate", s[t, 1])
    put(set, "cs", t, "std_error", s[t, 2])
    put(set, "cs", t, "df", s[t, 3])
  }
  put(set, "cs", "", "log_likelihood", as.numeric(logLik(l)))
  adjusted <- vcovAdj(l)
  unadjusted <- as.matrix(vcov(l))
  for (t in rownames(s)) {
    i <- match(t, rownames(s))
    put(set, "cs_pbkrtest", t, "std_error", sqrt(adjusted[i, i]))
    contrast <- rep(0, nrow(s))
    contrast[i] <- 1
    put(set, "cs_pbkrtest", t, "df", Lb_ddf(contrast, unadjusted, adjusted))
  }
  small <- update(l, . ~ . - arm:v)
  k <- KRmodcomp(l, small)
  put(set, "cs_pbkrtest", "arm:v", "statistic", k$stats$Fstat * k$stats$F.scaling)
  put(set, "cs_pbkrtest", "arm:v", "df_den", k$stats$ddf)
  put(set, "cs_pbkrtest", "arm:v", "p_value", k$stats$p.value)
  e <- as.data.frame(emmeans(l, ~ arm | v, lmer.df = "kenward-roger"))
  for (i in seq_len(nrow(e))) {
    key <- paste(e$arm[i], e$v[i])
    put(set, "cs_pbkrtest", key, "mean", e$emmean[i])
    put(set, "cs_pbkrtest", key, "mean_std_error", e$SE[i])
    put(set, "cs_pbkrtest", key, "mean_df", e$df[i])
    put(set, "cs_pbkrtest", key, "mean_low", e$lower.CL[i])
  }
}
write.csv(do.call(rbind, out), "mmrm.csv", row.names = FALSE)
