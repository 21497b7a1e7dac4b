# Calibration of predicted probabilities in R 4.2.2: slope, intercept and calibration in the large
# by stats::glm; slope, intercept and Brier score by rms::val.prob as well; the smooth curve by
# stats::loess (surface = "direct", statistics = "exact") and ICI, E50, E90, Emax from it; the parts
# of the Brier score, Hosmer-Lemeshow and net benefit written out from their definitions.
# Reads prediction_data.csv; the predictions are fixed formulas of its columns.
# Writes calibration.csv. Run from the repository's root: Rscript tests/oracle/calibration.R
suppressMessages(library(rms))
options(warn = -1)

all <- read.csv("tests/oracle/prediction_data.csv")
exact <- list(epsilon = 1e-14, maxit = 100)
rows <- NULL
for (set in c("small", "sites", "rare")) for (degree in 1:2) {
  d <- all[all$set == set, ]
  p <- plogis(-1 + 0.03 * d$base + 0.013 * d$anx - 0.0007 * d$anx * d$base)
  if (set == "rare") p <- round(p, 2)  # ties
  y <- d$y
  eta <- qlogis(p)
  m <- glm(y ~ eta, binomial, control = exact)
  large <- glm(y ~ 1, binomial, offset = eta, control = exact)
  vp <- val.prob(p, y, pl = FALSE)
  smooth <- predict(loess(y ~ p, degree = degree, control = loess.control(surface = "direct")))
  far <- abs(smooth - p)
  g <- 5
  cuts <- unique(quantile(p, seq(0, 1, 1 / g)))
  group <- cut(p, cuts, include.lowest = TRUE, labels = FALSE)
  n <- tapply(y, group, length)
  o <- tapply(y, group, sum)
  e <- tapply(p, group, sum)
  hl <- sum((o - e)^2 / (e * (1 - e / n)))
  nb <- function(t) mean((p >= t) * ifelse(y == 1, 1, -t / (1 - t)))
  nb_se <- function(t) sd((p >= t) * ifelse(y == 1, 1, -t / (1 - t))) / sqrt(length(y))
  v <- c(slope = coef(m)[[2]], slope_se = sqrt(vcov(m)[2, 2]), intercept = coef(m)[[1]],
         intercept_se = sqrt(vcov(m)[1, 1]), large = coef(large)[[1]],
         large_se = sqrt(vcov(large)[1, 1]), rms_slope = vp[["Slope"]],
         rms_intercept = vp[["Intercept"]], rms_brier = vp[["Brier"]],
         brier = mean((y - p)^2), scaled = 1 - mean((y - p)^2) / (mean(y) * (1 - mean(y))),
         reliability = sum(n * (e / n - o / n)^2) / length(y),
         resolution = sum(n * (o / n - mean(y))^2) / length(y), uncertainty = mean(y) * (1 - mean(y)),
         ici = mean(far), e50 = quantile(far, 0.5)[[1]], e90 = quantile(far, 0.9)[[1]], emax = max(far),
         ratio = sum(y) / sum(p), hl = hl, hl_df = length(n),
         hl_p = pchisq(hl, length(n), lower.tail = FALSE), nb = nb(0.4), nb_se = nb_se(0.4),
         nb_all = mean(y) - (1 - mean(y)) * 0.4 / 0.6)
  rows <- rbind(rows, data.frame(set, degree, name = names(v), value = sprintf("%.15g", v)))
}
write.csv(rows, "tests/oracle/calibration.csv", row.names = FALSE, quote = FALSE)
