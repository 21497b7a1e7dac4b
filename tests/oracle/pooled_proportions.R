# Pooled proportions in R 4.2.2: metafor 3.8-1 rma (inverse variance of logits, of the double
# arcsine of Freeman and Tukey, of arcsines; tau2 by DL, ML, REML, PM; Hartung-Knapp) and rma.glmm
# (binomial-normal model of logits, 25 points of quadrature). Prediction intervals: t with k - 2
# degrees of freedom (Higgins, Thompson and Spiegelhalter 2009), from metafor's mu, se and tau2.
# Writes pooled_proportions.csv (one row a data set and method) and pooled_proportions_data.csv.
# Run from the repository's root: Rscript tests/oracle/pooled_proportions.R
suppressPackageStartupMessages(library(metafor))

sets <- list(
  # relapse after hepatic disease: dat.pritz1997 of metadat, as it is usually shown
  pritz = with(metadat::dat.pritz1997, list(x = xi, n = ni)),
  # small studies, some without an event, one with events only
  sparse = list(x = c(0, 2, 5, 1, 9, 0, 4), n = c(6, 8, 11, 19, 9, 23, 30)),
  # alike: no variance between studies
  alike = list(x = c(10, 21, 15, 30), n = c(40, 82, 61, 118)),
  # large and unlike, sizes far apart
  unlike = list(x = c(300, 12, 45, 900, 7), n = c(1000, 100, 60, 1300, 70)),
  two = list(x = c(3, 14), n = c(20, 31)),
  # the same study twice, and as many again: ties
  ties = list(x = c(4, 4, 4, 8, 8), n = c(10, 10, 10, 12, 12))
)

back <- function(y, measure, n) switch(measure,
  PLO = plogis(y), PAS = sin(pmin(pmax(y, 0), pi / 2))^2,
  PFT = sapply(y, function(one) transf.ipft.hm(one, targs = list(ni = n))))

ends <- function(mu, se, tau2, k, measure, n, knha) {
  crit <- if (knha) qt(0.975, k - 1) else qnorm(0.975)
  shown <- back(mu + c(0, -1, 1) * crit * se, measure, n)
  wide <- if (k > 2) back(mu + c(-1, 1) * qt(0.975, k - 2) * sqrt(se^2 + tau2), measure, n)
          else c(NA, NA)
  c(shown, wide)
}

rows <- NULL
add <- function(set, measure, tau, ci, est, se, common, common_se, tau2, i2, q, df, p, k, n) {
  random <- ends(est, se, tau2, k, measure, n, ci == "hartung-knapp")
  fixed <- ends(common, common_se, 0, k, measure, n, FALSE)
  rows <<- rbind(rows, data.frame(
    set = set, measure = measure, tau = tau, ci = ci, mu = est, std_error = se,
    estimate = random[1], conf_low = random[2], conf_high = random[3],
    prediction_low = random[4], prediction_high = random[5],
    common_mu = common, common_se = common_se,
    common = fixed[1], common_low = fixed[2], common_high = fixed[3],
    tau2 = tau2, i2 = i2, q = q, df = df, p_value = p))
}

for (name in names(sets)) {
  x <- sets[[name]]$x; n <- sets[[name]]$n; k <- length(x)
  for (measure in c("PLO", "PFT", "PAS")) {
    fixed <- rma(xi = x, ni = n, measure = measure, method = "EE")
    for (tau in c("DL", "ML", "REML", "PM")) for (ci in c("wald", "hartung-knapp")) {
      fit <- rma(xi = x, ni = n, measure = measure, method = tau,
                 test = if (ci == "wald") "z" else "knha",
                 control = list(threshold = 1e-13, maxiter = 10000, tol = 1e-13, tau2.max = 1000))
      add(name, measure, tau, ci, fit$beta[1], fit$se, fixed$beta[1], fixed$se, fit$tau2,
          fit$I2 / 100, fit$QE, k - 1, fit$QEp, k, n)
    }
  }
  fit <- suppressWarnings(rma.glmm(xi = x, ni = n, measure = "PLO", nAGQ = 25))
  one <- glm(cbind(x, n - x) ~ 1, family = binomial, control = list(epsilon = 1e-14))
  add(name, "PLO", "GLMM", "wald", fit$beta[1], fit$se, coef(one)[[1]], sqrt(vcov(one)[1]),
      fit$tau2, fit$I2 / 100, deviance(one), k - 1,
      pchisq(deviance(one), k - 1, lower.tail = FALSE), k, n)
}
data <- do.call(rbind, lapply(names(sets), function(s) data.frame(
  set = s, count = sets[[s]]$x, n = sets[[s]]$n)))
write.csv(data, "tests/oracle/pooled_proportions_data.csv", row.names = FALSE, quote = FALSE)
write.csv(format(rows, digits = 15, trim = TRUE), "tests/oracle/pooled_proportions.csv",
          row.names = FALSE, quote = FALSE)
