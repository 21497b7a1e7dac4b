# The incidence that Fine and Gray's model predicts for given covariates, with its standard error.
# Run: Rscript tests/oracle/fine_gray_curves.R
# (R 4.2.2, cmprsk 2.2-11, survival 3.5-3, mets 1.3.2; data: cumulative_incidence_data.csv;
#  writes fine_gray_curves.csv)
# Incidences: cmprsk's predict.crr; with late entry survfit of coxph on finegray's rows.
# Standard errors: the influences of Fine and Gray (1999) subject by subject, in loops; it is checked
# here that those of the coefficients are crr's, or the sandwich of coxph with late entry.
suppressMessages({library(survival); library(cmprsk); library(mets)})

given <- read.csv("tests/oracle/cumulative_incidence_data.csv")
asked <- rbind(c(1, 4), c(2, 9), c(0, 0))
tight <- coxph.control(eps = 1e-14, iter.max = 50)
rows <- list()
add <- function(...) rows[[length(rows) + 1]] <<- data.frame(...)

# At coefficients b: the standard error (profiles, times) of the cumulative hazard.
errors <- function(time, cause, x, b, covariance, ask, at, entry = NULL, state) {
  late <- !is.null(entry); n <- length(time)
  if (!late) entry <- rep(-1, n)
  times <- sort(unique(time)); m <- length(times)
  y <- sapply(times, function(t) sum(time >= t & entry < t))
  cens <- sapply(times, function(t) sum(time == t & cause == 0))
  if (late) {
    # finegray: censoring after the events, entries by Kaplan-Meier of the reversed time.
    open <- sapply(times, function(t) {
      u <- times[times < t]; s <- 1
      for (v in u) s <- s * (1 - sum(time == v & cause == 0) / (sum(time >= v & entry < v) - sum(time == v & cause != 0)))
      h <- 1
      for (v in sort(unique(entry[entry >= t]))) h <- h * (1 - sum(entry == v) / (sum(entry <= v) - sum(time <= v)))
      s * h
    })
  } else open <- c(1, cumprod(1 - cens / y)[-m])
  place <- match(time, times)
  w <- matrix(0, n, m)
  for (i in 1:n) for (s in 1:m) {
    if (times[s] <= time[i]) w[i, s] <- as.numeric(entry[i] < times[s] || (entry[i] <= 0))
    else if (cause[i] > 1) w[i, s] <- open[s] / open[place[i]]
  }
  r <- drop(exp(x %*% b)); p <- ncol(x)
  s0 <- colSums(w * r)
  mean <- sapply(1:p, function(j) colSums(w * r * x[, j])) / s0
  d <- sapply(times, function(t) sum(time == t & cause == 1)); h <- d / s0
  info <- matrix(0, p, p)
  for (s in which(d > 0)) {
    centred <- sweep(x, 2, mean[s, ])
    info <- info + d[s] * t(centred) %*% (centred * w[, s] * r) / s0[s]
  }
  # Each subject's martingale, event by event, and that of its censoring.
  dm <- matrix(0, n, m); dc <- matrix(0, n, m)
  for (i in 1:n) for (s in 1:m) {
    dm[i, s] <- (place[i] == s && cause[i] == 1) - w[i, s] * r[i] * h[s]
    dc[i, s] <- (place[i] == s && cause[i] == 0) - (place[i] >= s) * cens[s] / y[s]
  }
  # What a unit of censoring at v, over those at risk, does to the weights of later times.
  gone <- function(v) which(cause > 1 & place < v)
  score <- matrix(0, n, p)
  for (i in 1:n) for (s in 1:m) score[i, ] <- score[i, ] + dm[i, s] * (x[i, ] - mean[s, ])
  if (!late) for (v in 1:m) {
    q <- rep(0, p)
    for (j in gone(v)) for (s in v:m) q <- q + r[j] * w[j, s] * (x[j, ] - mean[s, ]) * h[s]
    score <- score + outer(dc[, v] / y[v], q)
  }
  beta <- score %*% solve(info)
  cat("coefficients: worst relative difference of a standard error",
      max(abs(sqrt(diag(crossprod(beta))) / sqrt(diag(covariance)) - 1)), "\n")
  reach <- sapply(at, function(t) max(which(times <= t)))
  of_weights <- matrix(0, m, length(at))
  if (!late) for (v in 1:m) for (k in seq_along(at)) if (v <= reach[k])
    for (j in gone(v)) of_weights[v, k] <- of_weights[v, k] + r[j] * sum((w[j, ] * h / s0)[v:reach[k]])
  t(apply(ask, 1, function(z) sapply(seq_along(at), function(k) {
    u <- seq_len(reach[k])
    base <- drop(dm[, u, drop = FALSE] %*% (1 / s0[u]))
    base <- base + drop(dc[, u, drop = FALSE] %*% (of_weights[u, k] / y[u]))
    slope <- z * sum(h[u]) - colSums(h[u] * mean[u, , drop = FALSE])
    exp(sum(z * b)) * sqrt(sum((base + drop(beta %*% slope))^2))
  })))
}

for (name in c("entries", "melanoma", "veteran", "ties")) for (cause in 1:2) {
  d <- given[given$dataset == name, ]
  i <- seq_len(nrow(d)); d$id <- i
  d$score <- (i * 37) %% 101 / 10
  x <- as.matrix(d[c("group", "score")])
  first <- ifelse(d$cause == 0, 0, ifelse(d$cause == cause, 1, 2))
  at <- unique(quantile(d$time[first == 1], c(0, 0.2, 0.5, 0.9, 1), type = 1))
  if (name == "entries") {
    d$state <- factor(first, 0:2, c("censored", "one", "two"))
    long <- finegray(Surv(entry, time, state) ~ group + score + id, d, id = id, etype = "one")
    fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ group + score, long, weights = fgwt,
                 ties = "breslow", cluster = id, control = tight)
    curves <- survfit(fit, data.frame(group = asked[, 1], score = asked[, 2]), se.fit = FALSE)
    found <- t(1 - summary(curves, times = at)$surv)
    b <- coef(fit); v <- vcov(fit); entry <- d$entry
  } else {
    fit <- crr(d$time, d$cause, x, failcode = cause, gtol = 1e-12, maxiter = 50)
    steps <- predict(fit, asked)
    found <- t(steps[match(at, steps[, 1]), -1])
    b <- fit$coef; v <- fit$var; entry <- NULL
  }
  se <- errors(d$time, first, x, b, v, asked, at, entry)
  for (q in seq_len(nrow(asked)))
    add(dataset = name, cause = cause, group = asked[q, 1], score = asked[q, 2], time = at,
        estimate = found[q, ], std_error = (1 - found[q, ]) * se[q, ])
  if (name %in% c("melanoma", "veteran")) {
    # mets leaves out what estimating the weights adds to the baseline: for comparison only.
    d$first <- first; d$time <- d$time + i / 1e5
    other <- predict(cifreg(Event(time, first) ~ group + score, data = d, cause = 1, propodds = NULL),
                     data.frame(group = 1, score = 4))
    there <- findInterval(at + nrow(d) / 1e5, other$times)
    cat(name, cause, "mets over this:", round(other$se.cumhaz[there] / se[1, ], 3), "\n")
  }
}
table <- do.call(rbind, rows)
number <- c("time", "estimate", "std_error", "score")
table[number] <- lapply(table[number], function(x) sprintf("%.15g", x))
write.csv(table, "tests/oracle/fine_gray_curves.csv", row.names = FALSE, quote = FALSE)
