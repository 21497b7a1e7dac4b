# Logistic models of a prediction in R 4.2.2: stats::glm (epsilon 1e-14), its Wald interval, the
# profile interval of MASS (confint, which interpolates) and the same ends by stats::uniroot on
# the deviance, the other coefficients by Newton's method; likelihood ratio tests by stats::drop1 and stats::anova; explained variation written
# out (Cox-Snell, Nagelkerke, Tjur); Firth's penalty by brglm2 (type = "MPL_Jeffreys") with the
# profile of the penalised likelihood, the penalty being that of the whole model as in logistf.
# Writes prediction_data.csv (one row a subject), prediction_models.csv (one row a set and term),
# prediction_tests.csv and prediction_fit.csv, and reads nothing.
# Run from the repository's root: Rscript tests/oracle/prediction_models.R
suppressMessages({
  library(MASS)
  library(brglm2)
})

# Numbers between 0 and 1 from a fixed formula.
pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009

make <- function(set, n, rule) {
  d <- data.frame(set = set, i = seq_len(n))
  d$anx <- floor(60 * pseudo(d$i, 1)^2)              # skewed, ties at 0
  d$base <- 20 + floor(20 * pseudo(d$i, 2))
  d$site <- c("Bern", "Basel", "Chur", "Davos")[1 + floor(4 * pseudo(d$i, 3))]
  d$y <- as.integer(rule(d) > pseudo(d$i, 4))
  d
}
small <- make("small", 31, function(d) plogis(1.2 - 0.05 * d$anx))
sites <- make("sites", 120, function(d) plogis(-1 + 0.05 * d$base - 0.04 * d$anx - (d$site == "Chur")))
rare <- make("rare", 150, function(d) plogis(-3.4 + 0.05 * d$anx))
apart <- make("apart", 24, function(d) ifelse(d$anx > 12, 1.1, -0.1))  # separated by anx
data <- rbind(small, sites, rare, apart)
formulas <- list(small = y ~ anx + base, sites = y ~ anx + base + site, rare = y ~ anx,
                 apart = y ~ anx + base)

# The log likelihood, with half the log determinant of the information where it is penalised.
jeffreys <- function(x, y, b, penalised) {
  eta <- drop(x %*% b)
  inner <- crossprod(x * (plogis(eta) * plogis(-eta)), x)
  sum(plogis(ifelse(y == 1, 1, -1) * eta, log.p = TRUE)) +
    penalised * determinant(inner)$modulus[[1]] / 2
}

# The largest likelihood with some coefficients held, found by Newton's steps of the (modified)
# score from a start, halved while they lead down; the penalty is that of the whole model.
held <- function(x, y, places, values, start, penalised = TRUE) {
  b <- start
  b[places] <- values
  free <- setdiff(seq_along(b), places)
  if (length(free)) {
    for (k in 1:2000) {
      p <- plogis(drop(x %*% b))
      inner <- crossprod(x * (p * (1 - p)), x)
      h <- rowSums((x %*% solve(inner)) * x) * p * (1 - p)
      score <- drop(crossprod(x, y - p + penalised * h * (0.5 - p)))
      step <- solve(inner[free, free, drop = FALSE], score[free])
      step <- step * min(1, 2 / max(abs(step)))
      now <- jeffreys(x, y, b, penalised)
      repeat {
        b2 <- b
        b2[free] <- b[free] + step
        if (jeffreys(x, y, b2, penalised) >= now - 1e-13 || max(abs(step)) < 1e-14) break
        step <- step / 2
      }
      b <- b2
      if (max(abs(step)) < 1e-13) break
    }
  }
  jeffreys(x, y, b, penalised)
}

# Where the other coefficients would go, were the likelihood a parabola: a start.
along <- function(m, j, v) coef(m) + vcov(m)[, j] / vcov(m)[j, j] * (v - coef(m)[[j]])

ends <- function(drop, centre, error) {
  width <- qchisq(0.95, 1)
  one <- function(way) {
    far <- centre + way * error
    while (drop(far) < width) far <- centre + (far - centre) * 1.5
    uniroot(function(v) drop(v) - width, sort(c(centre, far)), tol = 1e-13)$root
  }
  c(one(-1), one(1))
}

terms <- tests <- fit <- NULL
for (set in names(formulas)) {
  d <- data[data$set == set, ]
  f <- formulas[[set]]
  x <- model.matrix(f, d)
  n <- nrow(d)
  for (penalty in c("none", "firth")) {
    if (penalty == "none" && set == "apart") next
    if (penalty == "none") {
      m <- glm(f, binomial, d, control = list(epsilon = 1e-14, maxit = 100))
      null <- as.numeric(logLik(glm(y ~ 1, binomial, d, control = list(epsilon = 1e-14))))
      full <- as.numeric(logLik(m))
      mass <- suppressMessages(confint(m))
      drop_of <- function(j) function(v) 2 * (full - held(x, d$y, j, v, along(m, j, v), penalised = FALSE))
      one <- drop1(m, test = "LRT")[-1, ]
      tests <- rbind(tests, data.frame(set, penalty, term = rownames(one), df = one$Df,
                                       statistic = one$LRT, p = one$`Pr(>Chi)`))
    } else {
      m <- glm(f, binomial, d, method = "brglmFit", type = "MPL_Jeffreys", epsilon = 1e-14,
               maxit = 5000)
      b <- coef(m)
      full <- held(x, d$y, integer(), numeric(), b)
      null <- held(x, d$y, 2:ncol(x), rep(0, ncol(x) - 1), b)
      mass <- matrix(NA, ncol(x), 2)
      drop_of <- function(j) function(v) 2 * (full - held(x, d$y, j, v, along(m, j, v)))
      group <- attr(x, "assign")
      for (k in unique(group[group > 0])) {
        at <- which(group == k)
        s <- 2 * (full - held(x, d$y, at, rep(0, length(at)), b))
        tests <- rbind(tests, data.frame(set, penalty, term = attr(terms(f), "term.labels")[k],
                                         df = length(at), statistic = s,
                                         p = pchisq(s, length(at), lower.tail = FALSE)))
      }
    }
    s <- 2 * (full - null)
    tests <- rbind(tests, data.frame(set, penalty, term = "all terms", df = ncol(x) - 1, statistic = s,
                                     p = pchisq(s, ncol(x) - 1, lower.tail = FALSE)))
    b <- coef(m)
    se <- sqrt(diag(vcov(m)))
    for (j in seq_along(b)) {
      e <- ends(drop_of(j), b[[j]], se[[j]])
      at0 <- drop_of(j)(0)
      terms <- rbind(terms, data.frame(
        set, penalty, term = names(b)[j], estimate = b[[j]], std_error = se[[j]],
        z = b[[j]] / se[[j]], wald_p = 2 * pnorm(-abs(b[[j]] / se[[j]])),
        wald_low = b[[j]] - qnorm(0.975) * se[[j]], wald_high = b[[j]] + qnorm(0.975) * se[[j]],
        mass_low = mass[j, 1], mass_high = mass[j, 2], low = e[1], high = e[2],
        ratio = at0, ratio_p = pchisq(at0, 1, lower.tail = FALSE)))
    }
    cox <- 1 - exp(2 * (null - full) / n)
    p <- fitted(m)
    plain <- penalty == "none"
    fit <- rbind(fit, data.frame(
      set, penalty, n, events = sum(d$y), full, null,
      aic = if (plain) AIC(m) else NA, bic = if (plain) BIC(m) else NA,
      cox = if (plain) cox else NA, nagelkerke = if (plain) cox / (1 - exp(2 * null / n)) else NA,
      tjur = mean(p[d$y == 1]) - mean(p[d$y == 0])))
  }
}

put <- function(table, name) {
  for (column in names(table)) {
    if (is.double(table[[column]])) {
      table[[column]] <- ifelse(is.na(table[[column]]), "", sprintf("%.15g", table[[column]]))
    }
  }
  write.csv(table, file.path("tests", "oracle", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}
put(data, "prediction_data")
put(terms, "prediction_models")
put(tests, "prediction_tests")
put(fit, "prediction_fit")
