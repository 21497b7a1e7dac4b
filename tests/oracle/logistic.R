# Logistic regression and standardised rates in R 4.2.2: stats::glm with its vcov; brglm2 0.9
# (type = "MPL_Jeffreys", Firth's penalty) and the penalised likelihood profiled by stats::optim;
# rates standardised by predict, their variance (a) by the delta method from vcov, (b) by the
# stacked estimating equations, whose derivative is taken numerically, (c) by the formulas of Ye,
# Bannick, Yi and Shao (2023) with stats::var and stats::cov.
# Writes logistic_data.csv (one row a subject), logistic.csv (one row a set and term) and
# standardised.csv (one row a set and contrast) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/logistic.R
suppressMessages(library(brglm2))

# Numbers between 0 and 1 from a fixed formula.
pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009

small <- data.frame(i = 1:31)
small$arm <- ifelse(small$i %% 2 == 0, "ketamine", "placebo")
small$base <- 24 + floor(16 * pseudo(small$i, 1))
small$y <- as.integer(plogis(5 - 0.17 * small$base + 1.2 * (small$arm == "ketamine")) >
                        pseudo(small$i, 2))

three <- data.frame(i = 1:90)
three$arm <- c("placebo", "ketamine", "esketamine")[1 + three$i %% 3]
three$base <- 20 + floor(250 * pseudo(three$i, 3)) / 10
three$sex <- ifelse(pseudo(three$i, 4) < 0.6, "F", "M")
three$site <- c("Bern", "Basel", "Chur", "Davos")[1 + floor(4 * pseudo(three$i, 5))]
effect <- c(placebo = 0, ketamine = 1.1, esketamine = 0.7)[three$arm]
three$y <- as.integer(plogis(1.4 - 0.09 * three$base + effect + 0.5 * (three$sex == "M")) >
                        pseudo(three$i, 6))

strong <- data.frame(i = 1:240)
strong$arm <- ifelse(strong$i %% 4 == 0, "placebo", "ketamine")  # 3 : 1
strong$base <- 1e6 * (20 + 30 * pseudo(strong$i, 7))  # a unit that needs scaling
strong$sex <- ifelse(pseudo(strong$i, 8) < 0.5, "F", "M")
strong$y <- as.integer(plogis(7 - 2.2e-7 * strong$base + 0.8 * (strong$arm == "ketamine")) >
                         pseudo(strong$i, 9))

sets <- list(small = list(data = small, terms = "base"),
             three = list(data = three, terms = c("base", "sex", "site")),
             strong = list(data = strong, terms = c("base", "sex")))
levels_of <- function(d) c("placebo", "ketamine", intersect("esketamine", d$arm))

# Minus the penalised log likelihood, Jeffreys' prior, and its gradient, Firth's modified score.
jeffreys <- function(x, y) {
  eta <- function(b) drop(x %*% b)
  inner <- function(b) crossprod(x * (plogis(eta(b)) * plogis(-eta(b))), x)
  list(
    value = function(b) {
      -sum(plogis(ifelse(y == 1, 1, -1) * eta(b), log.p = TRUE)) -
        determinant(inner(b))$modulus[[1]] / 2
    },
    slope = function(b) {
      p <- plogis(eta(b))
      h <- rowSums((x %*% solve(inner(b))) * x) * p * (1 - p)
      -drop(crossprod(x, y - p + h * (0.5 - p)))
    }
  )
}

# Ends of the 95 % profile interval and the likelihood ratio at 0, of one coefficient.
profiled <- function(x, y, place, start, error) {
  jeffrey <- jeffreys(x, y)
  best <- jeffrey$value(start)
  drop_at <- function(value) {
    whole <- function(free) append(free, value, place - 1)
    fit <- optim(start[-place], function(f) jeffrey$value(whole(f)),
                 function(f) jeffrey$slope(whole(f))[-place], method = "BFGS",
                 control = list(reltol = 1e-15, maxit = 5000))
    2 * (fit$value - best)
  }
  width <- qchisq(0.95, 1)
  end <- function(sign) uniroot(function(v) drop_at(v) - width,
                                sort(start[place] + sign * error * c(0.2, 6)), tol = 1e-11)$root
  c(end(-1), end(1), drop_at(0))
}

terms_of <- function(name) {
  d <- sets[[name]]$data
  d$arm <- factor(d$arm, levels_of(d))
  model <- reformulate(c("arm", sets[[name]]$terms), "y")
  fit <- glm(model, binomial, d, control = list(epsilon = 1e-14, maxit = 100))
  s <- summary(fit)$coefficients
  x <- model.matrix(model, d)
  size <- sqrt(colMeans(x^2))  # brglm2 and optim work in units of the columns
  scaled <- sweep(x, 2, size, "/")
  firth <- brglmFit(scaled, d$y, family = binomial(), intercept = TRUE, control = list(
    type = "MPL_Jeffreys", epsilon = 1e-12, maxit = 5000))
  b <- firth$coefficients
  error <- sqrt(diag(solve(crossprod(scaled * (firth$fitted.values * (1 - firth$fitted.values)),
                                     scaled))))
  profiles <- t(vapply(seq_along(b), function(j) profiled(scaled, d$y, j, unname(b), error[j]),
                       numeric(3)))
  data.frame(
    set = name, term = rownames(s), estimate = s[, 1], std_error = s[, 2],
    log_likelihood = as.numeric(logLik(fit)), firth = b / size, firth_error = error / size,
    firth_low = profiles[, 1] / size, firth_high = profiles[, 2] / size, firth_lr = profiles[, 3]
  )
}

rates_of <- function(name) {
  d <- sets[[name]]$data
  arms <- levels_of(d)
  d$arm <- factor(d$arm, arms)
  model <- reformulate(c("arm", sets[[name]]$terms), "y")
  d$base <- d$base / if (name == "strong") 1e6 else 1
  fit <- glm(model, binomial, d, control = list(epsilon = 1e-14, maxit = 100))
  as_if <- lapply(arms, function(a) {
    moved <- d
    moved$arm <- factor(a, arms)
    model.matrix(model, moved)
  })
  b <- coef(fit)
  x <- model.matrix(fit)
  n <- nrow(d)
  predicted <- sapply(as_if, function(m) plogis(drop(m %*% b)))
  rates <- colMeans(predicted)
  gradient <- t(sapply(as_if, function(m) {
    p <- plogis(drop(m %*% b))
    colMeans(m * p * (1 - p))
  }))
  delta <- gradient %*% vcov(fit) %*% t(gradient)

  # Stacked equations: the model's scores, and prediction minus rate for each arm.
  equations <- function(parameter) {
    b <- parameter[seq_along(coef(fit))]
    theta <- parameter[-seq_along(b)]
    cbind(x * (d$y - plogis(drop(x %*% b))),
          sapply(seq_along(as_if), function(k) plogis(drop(as_if[[k]] %*% b)) - theta[k]))
  }
  at <- c(b, rates)
  bread <- sapply(seq_along(at), function(j) {
    step <- 1e-4 * max(abs(at[j]), 0.01)
    mean_at <- function(k) {
      moved <- at
      moved[j] <- moved[j] + k * step
      colMeans(equations(moved))
    }
    # five points: the error is of the order of the fourth power of the step
    (mean_at(-2) - 8 * mean_at(-1) + 8 * mean_at(1) - mean_at(2)) / (12 * step)
  })
  meat <- crossprod(equations(at)) / n
  whole <- solve(bread) %*% meat %*% t(solve(bread)) / n
  stacked <- whole[-seq_along(b), -seq_along(b)]

  ye <- matrix(0, length(arms), length(arms))
  for (j in seq_along(arms)) for (k in seq_along(arms)) {
    of_j <- d$arm == arms[j]
    of_k <- d$arm == arms[k]
    ye[j, k] <- cov(d$y[of_j], predicted[of_j, k]) + cov(d$y[of_k], predicted[of_k, j]) -
      cov(predicted[, j], predicted[, k])
    if (j == k) {
      ye[j, j] <- ye[j, j] + (var(d$y[of_j]) - 2 * cov(d$y[of_j], predicted[of_j, j]) +
                                var(predicted[, j])) / mean(of_j)
    }
  }
  variances <- list("delta" = delta, "m-estimation" = stacked, "ye" = ye / n)
  found <- NULL
  for (k in seq_along(arms)[-1]) for (variance in names(variances)) {
    v <- variances[[variance]][c(k, 1), c(k, 1)]
    p <- rates[c(k, 1)]
    error <- function(slopes) sqrt(drop(t(slopes) %*% v %*% slopes))
    logs <- c(log(p[1] / p[2]), qlogis(p[1]) - qlogis(p[2]))
    found <- rbind(found, data.frame(
      set = name, arm = arms[k], variance = variance, rate = p[1], reference = p[2],
      rate_error = sqrt(v[1, 1]), difference = p[1] - p[2], difference_error = error(c(1, -1)),
      log_ratio = logs[1], log_ratio_error = error(c(1, -1) / p),
      log_odds = logs[2], log_odds_error = error(c(1, -1) / (p * (1 - p)))
    ))
  }
  found
}

written <- function(rows, file) {
  numbers <- vapply(rows, is.double, TRUE)
  rows[numbers] <- lapply(rows[numbers], formatC, digits = 17, format = "g", width = 1)
  rows[] <- lapply(rows, function(x) ifelse(is.na(x), "", as.character(x)))
  write.csv(rows, file.path("tests", "oracle", file), row.names = FALSE, quote = FALSE)
}

data <- NULL
for (name in names(sets)) {
  d <- sets[[name]]$data
  for (column in c("sex", "site")) if (is.null(d[[column]])) d[[column]] <- NA
  data <- rbind(data, cbind(set = name, d[, c("arm", "base", "sex", "site", "y")]))
}
written(data, "logistic_data.csv")
written(do.call(rbind, lapply(names(sets), terms_of)), "logistic.csv")
written(do.call(rbind, lapply(names(sets), rates_of)), "standardised.csv")
