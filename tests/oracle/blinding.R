# Blinding indices by the published formulas, written out in base R.
#
# Bang, Ni and Davis (2004), Control Clin Trials 25:143-156: the index of an arm and its variance,
# with certainties as the double sum of the paper. Tango (1998), Stat Med 17:891-908: the closed
# form of the score interval with right, wrong and "don't know". James et al. (1996), Stat Med
# 15:1421-1434: the index and the variance as printed, held here against a numerical gradient.
# Tables: Bang et al. (2004), tables 6 to 8; Houweling et al. (2014), Clin Trials 11:547, table 2;
# James et al. (1996), table V; and small ones of our own with ties and empty cells.
# Run from the repository's root: Rscript tests/oracle/blinding.R

z <- qnorm(0.975)
rows <- data.frame()
keep <- function(table, measure, group, estimate, std_error, method, low, high) {
  rows <<- rbind(rows, data.frame(table = table, measure = measure, group = group,
    method = method, estimate = sprintf("%.15g", estimate),
    std_error = sprintf("%.15g", std_error), conf_low = sprintf("%.15g", low),
    conf_high = sprintf("%.15g", high)))
}

# --- right, wrong, don't know: rows guess drug, placebo, unknown; columns drug, placebo ---------
tables <- list(
  crisp = matrix(c(82, 25, 170, 27, 29, 83), 3),
  investigators = matrix(c(48, 4, 330, 22, 30, 319), 3),
  coordinators = matrix(c(94, 11, 289, 52, 44, 284), 3),
  patients = matrix(c(143, 14, 188, 104, 57, 175), 3),
  disulfiram = matrix(c(145, 71, 76, 34, 59, 38), 3),
  small = matrix(c(11, 2, 3, 6, 7, 2), 3),
  sure = matrix(c(14, 2, 0, 8, 7, 0), 3),
  empty = matrix(c(7, 0, 3, 4, 4, 2), 3),
  opposite = matrix(c(1, 9, 2, 8, 3, 1), 3)
)

tango <- function(b, c, n) {
  gap <- function(t) {
    A <- 2 * n
    B <- -b - c + (2 * n - b + c) * t
    C <- -c * t * (1 - t)
    q <- (sqrt(B^2 - 4 * A * C) - B) / (2 * A)
    (b - c - n * t)^2 - z^2 * n * (2 * q + t * (1 - t))
  }
  d <- (b - c) / n
  root <- function(low, high) uniroot(gap, c(low, high), tol = 1e-15, maxiter = 10000)$root
  c(root(-1 + 1e-12, d), root(d, 1 - 1e-12))
}

james <- function(p) {
  guess <- p[1:2, ]
  dk <- sum(p[3, ])
  w <- matrix(c(0, 0.5, 0.5, 0), 2)
  observed <- sum(w * guess) / (1 - dk)
  expected <- sum(w * outer(rowSums(guess), colSums(guess))) / (1 - dk)^2
  k <- (observed - expected) / expected
  list(index = (1 + dk + (1 - dk) * k) / 2, k = k, expected = expected, dk = dk, w = w)
}

james_variance <- function(x) {
  p <- x / sum(x)
  of <- james(p)
  g <- 1 - of$dk
  guess <- p[1:2, ]
  total <- 0
  for (i in 1:2) for (j in 1:2) {
    slope <- sum(of$w[, j] * rowSums(guess)) + sum(of$w[i, ] * colSums(guess))
    total <- total + p[i, j] * g^2 * (g * of$w[i, j] - (1 + of$k) * slope)^2
  }
  denominator <- 4 * (of$expected * g^2)^2
  (total / denominator + of$dk * g - g * (1 + of$k) * (of$dk + g * (1 + of$k) / 4)) / sum(x)
}

gradient <- function(p) {
  out <- p
  for (i in seq_along(p)) {
    h <- 1e-6
    up <- down <- p
    up[i] <- up[i] + h
    down[i] <- down[i] - h
    out[i] <- (james(up)$index - james(down)$index) / (2 * h)
  }
  out
}

for (name in names(tables)) {
  x <- tables[[name]]
  for (j in 1:2) {
    n <- sum(x[, j])
    right <- x[j, j] / n
    wrong <- x[3 - j, j] / n
    bang <- (2 * right / (right + wrong) - 1) * (right + wrong)
    se <- sqrt((right * (1 - right) + wrong * (1 - wrong) + 2 * right * wrong) / n)
    arm <- c("drug", "placebo")[j]
    keep(name, "bang", arm, bang, se, "wald", bang - z * se, bang + z * se)
    ends <- tango(x[j, j], x[3 - j, j], n)
    keep(name, "bang", arm, bang, se, "score", ends[1], ends[2])
  }
  index <- james(x / sum(x))$index
  se <- sqrt(james_variance(x))
  p <- x / sum(x)
  d <- gradient(p)
  delta <- sqrt((sum(p * d^2) - sum(p * d)^2) / sum(x))
  stopifnot(abs(delta / se - 1) < 1e-7)  # the printed variance is that of the delta method
  keep(name, "james", "all", index, se, "wald", index - z * se, index + z * se)
  half <- z * se / (index * (1 - index))
  keep(name, "james", "all", index, se, "logit", plogis(qlogis(index) - half),
    plogis(qlogis(index) + half))
}

# --- five answers, and a second guess of those who did not know ---------------------------------
five <- list(
  crisp = matrix(c(38, 44, 21, 4, 170, 11, 16, 21, 8, 83), 5),
  stata = matrix(c(2, 5, 3, 4, 6, 2, 4, 3, 5, 8), 5),
  few = matrix(c(3, 4, 1, 1, 2, 1, 2, 4, 3, 5), 5)
)
seven <- list(crisp = matrix(c(38, 44, 21, 4, 79, 86, 5, 11, 16, 21, 8, 36, 45, 2), 7))

weighted <- function(count, weight) {
  n <- sum(count)
  p <- count / n
  est <- sum(weight * p)
  v <- sum(weight^2 * p * (1 - p))
  for (i in seq_along(p)) for (k in seq_along(p)) if (i < k) {
    v <- v - 2 * weight[i] * weight[k] * p[i] * p[k]
  }
  c(est, sqrt(v / n))
}

# The score interval with any weights: the likeliest shares with a given mean, by Lagrange.
score <- function(count, weight) {
  n <- sum(count)
  est <- sum(weight * count) / n
  gap <- function(t) {
    off <- weight - t
    equation <- function(l) sum(count * off / (1 + l * off))
    ends <- c(-1 / max(off), -1 / min(off))
    e <- 1e-12 * diff(ends)
    l <- uniroot(equation, ends + c(e, -e), tol = 1e-15, maxiter = 10000)$root
    p <- count / (n * (1 + l * off))
    (est - t)^2 - z^2 * (sum(weight^2 * p) - t^2) / n
  }
  root <- function(low, high) uniroot(gap, c(low, high), tol = 1e-15, maxiter = 10000)$root
  c(root(-1 + 1e-9, est), root(est, 1 - 1e-9))
}

for (name in names(five)) for (j in 1:2) {
  weight <- c(1, 0.5, -0.5, -1, 0) * c(1, -1)[j]
  count <- five[[name]][, j]
  found <- weighted(count, weight)
  arm <- c("drug", "placebo")[j]
  keep(paste(name, "five"), "bang", arm, found[1], found[2], "wald", found[1] - z * found[2],
    found[1] + z * found[2])
  ends <- score(count, weight)
  keep(paste(name, "five"), "bang", arm, found[1], found[2], "score", ends[1], ends[2])
}
for (j in 1:2) {
  weight <- c(1, 0.5, -0.5, -1, 0.25, -0.25, 0) * c(1, -1)[j]
  count <- seven$crisp[, j]
  found <- weighted(count, weight)
  arm <- c("drug", "placebo")[j]
  keep("crisp second", "bang", arm, found[1], found[2], "wald", found[1] - z * found[2],
    found[1] + z * found[2])
  ends <- score(count, weight)
  keep("crisp second", "bang", arm, found[1], found[2], "score", ends[1], ends[2])
}

write.csv(rows, "tests/oracle/blinding.csv", row.names = FALSE, quote = FALSE)
