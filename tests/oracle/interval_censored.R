# Interval-censored times: the non-parametric estimate, the score tests and parametric regression,
# from their formulas in base R, with numDeriv for derivatives and SQUAREM to speed the EM
# algorithm; the regressions are survival::survreg.
#
#   Rscript tests/oracle/interval_censored.R        (from the root of the repository)
#
# Writes interval_data.csv (the data), interval_curve.csv (log likelihood and the probability of
# every subject's interval), interval_tests.csv and interval_regression.csv.

suppressMessages({library(survival); library(numDeriv); library(SQUAREM)})

wide <- function(text) matrix(scan(text = text, na.strings = ".", quiet = TRUE), ncol = 2, byrow = TRUE)

# Finkelstein (1986), Biometrics 42:845, table 1: months to breast retraction.
radiation <- wide("45 . 6 10 0 7 46 . 46 . 7 16 17 . 7 14 37 44 0 8 4 11 15 . 11 15 22 . 46 . 46 .
  25 37 46 . 26 40 46 . 27 34 36 44 46 . 36 48 37 . 40 . 17 25 46 . 11 18 38 . 5 12 37 . 0 5 18 .
  24 . 36 . 5 11 19 35 17 25 24 . 32 . 33 . 19 26 37 . 34 . 36 .")
both <- wide("8 12 0 22 24 31 17 27 17 23 24 30 16 24 13 . 11 13 16 20 18 25 17 26 32 . 23 . 44 48
  14 17 0 5 5 8 12 20 11 . 33 40 31 . 13 39 19 32 34 . 13 . 16 24 35 . 15 22 11 17 22 32 10 35
  30 34 13 . 10 17 8 21 4 9 11 . 14 19 4 8 34 . 30 36 18 24 16 60 35 39 21 . 11 20 48 .")

set.seed(20241105)
visits <- function(n, rate, planned) {          # visits as planned, one in eight missed
  t(sapply(rexp(n, rate), function(t) {
    seen <- planned[runif(length(planned)) > 0.125]
    c(max(0, seen[seen < t]), if (any(seen >= t)) min(seen[seen >= t]) else NA)
  }))
}
planned <- rbind(visits(40, 1 / 30, 7 * (1:8)), visits(25, 1 / 50, 7 * (1:8)),
                 visits(15, 1 / 20, 7 * (1:8)))
n <- 90                                          # exact, left-, right- and interval-censored
t <- round(rweibull(n, 1.4, 20), 1)
kind <- sample(4, n, replace = TRUE, prob = c(3, 1, 3, 5))
wobble <- round(runif(n, 0.5, 9), 1)
mixed <- round(cbind(ifelse(kind == 2, 0, ifelse(kind == 4, pmax(t - wobble, 0), t)),
                     ifelse(kind == 1, t, ifelse(kind == 3, NA, t + wobble))), 1)

part <- function(name, ends, group, site) {
  data.frame(data = name, low = ends[, 1], high = ends[, 2], group = group, site = site)
}
data <- rbind(
  part("cosmesis", rbind(radiation, both), rep(0:1, c(46, 48)), rep(0:1, 47)),
  part("planned", planned, rep(0:2, c(40, 25, 15)), sample(0:2, 80, replace = TRUE)),
  part("mixed", mixed, rbinom(n, 1, 0.3), rep(0:1, n / 2))
)
data$high[is.na(data$high)] <- Inf
data$age <- round(rnorm(nrow(data), 45, 12))

number <- function(x) formatC(x, digits = 15, format = "g", width = 1)
write <- function(rows, name) {
  rows[] <- lapply(rows, function(x) if (is.double(x)) number(x) else x)
  write.csv(rows, file.path("tests", "oracle", name), row.names = FALSE, quote = FALSE)
}

# Pieces of the line: each time as a point, and what lies between two times, without its ends.
covers <- function(low, high) {
  times <- sort(unique(c(low, high[is.finite(high)])))
  from <- c(times, times); to <- c(times, times[-1], Inf); point <- rep(c(TRUE, FALSE), each = length(times))
  a <- outer(seq_along(low), seq_along(from), Vectorize(function(i, j) {
    if (low[i] == high[i]) return(point[j] && from[j] == low[i])
    if (point[j]) return(low[i] < from[j] && from[j] <= high[i])
    low[i] <= from[j] && to[j] <= high[i]
  })) * 1
  a[, order(from, !point), drop = FALSE]
}

npmle <- function(low, high) {
  a <- covers(low, high)
  a <- a[, colSums(a) > 0, drop = FALSE]
  a <- a[, !duplicated(t(a)), drop = FALSE]  # pieces that the same subjects cover are one
  step <- function(p) { p <- pmax(p, 0); p <- p / sum(p); p * colMeans(a / drop(a %*% p)) }
  p <- rep(1 / ncol(a), ncol(a))
  for (round in 1:400) {
    p <- squarem(p, step, control = list(tol = 1e-14, maxiter = 3000))$par
    p <- pmax(p, 0) / sum(pmax(p, 0))
    gain <- colMeans(a / drop(a %*% p)) - 1
    if (max(gain, abs(gain[p > 1e-7])) < 1e-10) break
    p[p < 1e-9 & gain < -1e-6] <- 0      # these places have none
    p <- p / sum(p)
  }
  cat("conditions of the maximum violated by", max(gain), "after", round, "rounds\n")
  list(p = p, a = a, share = drop(a %*% p))
}

curves <- list(); tests <- list(); models <- list()
for (name in unique(data$data)) {
  one <- data[data$data == name, ]
  fit <- npmle(one$low, one$high)
  curves[[name]] <- data.frame(data = name, row = seq_len(nrow(one)), share = fit$share,
                               log_likelihood = sum(log(fit$share)))

  # the curve at its steps, and each subject's place
  p <- fit$p; p[p < 1e-7] <- 0
  s <- 1 - cumsum(p[p > 0]); s <- s[-length(s)]
  a <- fit$a[, p > 0]
  first <- max.col(a > 0, "first"); last <- ncol(a) + 1 - max.col(a[, ncol(a):1] > 0, "first")
  shift <- list(
    sun = function(s, eta) {
      h <- 1 - c(s, 0) / c(1, s); o <- exp(eta) * h / (1 - h)
      h <- ifelse(h >= 1, 1, o / (1 + o)); cumprod(1 - h)[seq_along(s)]
    },
    finkelstein = function(s, eta) s^exp(eta),
    wilcoxon = function(s, eta) s / (s + (1 - s) * exp(eta))
  )
  z <- outer(one$group, sort(unique(one$group))[-1], "==") * 1
  for (scores in names(shift)) {
    log_lik <- function(theta) {
      beta <- theta[seq_len(ncol(z))]; at <- theta[-seq_len(ncol(z))]
      total <- 0
      for (g in sort(unique(one$group))) {
        mine <- one$group == g
        eta <- if (g == min(one$group)) 0 else beta[match(g, sort(unique(one$group))[-1])]
        full <- c(1, shift[[scores]](at, eta), 0)
        total <- total + sum(log(full[first[mine]] - full[last[mine] + 1]))
      }
      total
    }
    here <- c(rep(0, ncol(z)), s)
    u <- grad(log_lik, here)[seq_len(ncol(z))]
    info <- -hessian(log_lik, here, method.args = list(d = 0.004, eps = 0.004))  # within the order of the steps
    b <- seq_len(ncol(z))
    v <- info[b, b] - info[b, -b] %*% solve(info[-b, -b]) %*% info[-b, b]
    own <- sapply(seq_len(nrow(one)), function(i) grad(function(eta) {
      full <- c(1, shift[[scores]](s, eta), 0); log(full[first[i]] - full[last[i] + 1])
    }, 0))
    centred <- scale(z, scale = FALSE)
    w <- sum((own - mean(own))^2) / (nrow(one) - 1) * crossprod(centred)
    tests[[paste(name, scores)]] <- data.frame(
      data = name, scores = scores, excess = u[1],
      information = drop(u %*% solve(v) %*% u), permutation = drop(u %*% solve(w) %*% u)
    )
  }

  usable <- one[!(one$low == one$high & one$low == 0), ]
  ends <- Surv(ifelse(usable$low == 0, NA, usable$low), ifelse(is.finite(usable$high), usable$high, NA),
               type = "interval2")
  for (dist in c("weibull", "loglogistic", "exponential")) {
    m <- survreg(ends ~ factor(group) + age, usable, dist = dist,
                 control = survreg.control(rel.tolerance = 1e-14, maxiter = 200))
    value <- c(coef(m), if (dist != "exponential") c("Log(scale)" = log(m$scale)))
    models[[paste(name, dist)]] <- data.frame(
      data = name, distribution = dist, place = seq_along(value), estimate = unname(value),
      std_error = unname(sqrt(diag(vcov(m)))), log_likelihood = m$loglik[2]
    )
  }
}
write(data, "interval_data.csv")
write(do.call(rbind, curves), "interval_curve.csv")
write(do.call(rbind, tests), "interval_tests.csv")
write(do.call(rbind, models), "interval_regression.csv")
