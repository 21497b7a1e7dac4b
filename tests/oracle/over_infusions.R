# A score at four infusions in responders and non-responders, in R 4.2.2: t tests of each subject's
# score, mean and slope where nothing is missing; gls with an unstructured covariance where it is.
# Writes over_infusions.csv. Run from the repository's root: Rscript tests/oracle/over_infusions.R
suppressPackageStartupMessages(library(nlme))

i <- 1:22
group <- as.numeric(i %% 5 < 3)
base <- 20 + (i * 7) %% 13
y <- sapply(1:4, function(k) round(38 - 4 * k - 5 * group * (k > 1) + 9 * sin(i * 1.9) + 6 * cos(i * k * 0.8) + 0.3 * base, 1))
holes <- y
holes[cbind(c(2, 5, 5, 9, 13, 13, 13, 18), c(4, 3, 4, 4, 2, 3, 4, 1))] <- NA
line <- (1:4 - 2.5) / sum((1:4 - 2.5)^2)

out <- list()
add <- function(record, name, ...) out[[length(out) + 1]] <<- data.frame(record = record, name = name, ...)
for (k in 1:4) add("data", paste("infusion", k), subject = i, value = y[, k])
for (k in 1:4) add("holes", paste("infusion", k), subject = i, value = holes[, k])
add("data", "group", subject = i, value = group)
add("data", "base", subject = i, value = base)
add <- function(record, name, estimate, std_error, df = NA, p = NA) {
  out[[length(out) + 1]] <<- data.frame(record = record, name = name, subject = NA, value = NA, estimate = estimate, std_error = std_error, df = df, p_value = p)
}
one <- function(name, values) {
  t <- t.test(values[group == 1], values[group == 0], var.equal = TRUE)
  add("complete", name, unname(t$estimate[1] - t$estimate[2]), t$stderr, unname(t$parameter), t$p.value)
}
for (k in 1:4) one(paste("difference", k), y[, k])
one("mean", rowMeans(y))
one("slopes", drop(y %*% line))

long <- function(y) na.omit(data.frame(
  id = factor(rep(i, 4)), visit = factor(rep(1:4, each = 22)), y = as.vector(y), group = rep(group, 4), base = rep(base, 4) - mean(base)
))
fits <- list(
  holes = gls(y ~ 0 + visit + visit:group, long(holes), correlation = corSymm(form = ~ as.integer(visit) | id), weights = varIdent(form = ~ 1 | visit),
    control = glsControl(tolerance = 1e-12, msTol = 1e-12, msMaxIter = 500, maxIter = 500)),
  adjusted = gls(y ~ 0 + visit + visit:group + base, long(holes), correlation = corSymm(form = ~ as.integer(visit) | id), weights = varIdent(form = ~ 1 | visit),
    control = glsControl(tolerance = 1e-12, msTol = 1e-12, msMaxIter = 500, maxIter = 500))
)
for (record in names(fits)) {
  fit <- fits[[record]]
  b <- coef(fit)
  v <- vcov(fit)
  at <- grep("group", names(b))
  own <- grep("^visit[0-9]$", names(b))
  say <- function(name, weights, places) {
    l <- numeric(length(b))
    l[places] <- weights
    add(record, name, sum(l * b), sqrt(drop(l %*% v %*% l)))
  }
  for (k in 1:4) say(paste("difference", k), 1, at[k])
  say("mean", rep(0.25, 4), at)
  say("slopes", line, at)
  say("slope non-responder", line, own)
  say("slope responder", c(line, line), c(own, at))
}
columns <- c("record", "name", "subject", "value", "estimate", "std_error", "df", "p_value")
out <- do.call(rbind, lapply(out, function(d) { d[setdiff(columns, names(d))] <- NA; d[columns] }))
out[4:8] <- lapply(out[4:8], function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g", width = -1)))
out$subject <- ifelse(is.na(out$subject), "", out$subject)
write.csv(out, "tests/oracle/over_infusions.csv", row.names = FALSE, quote = TRUE)
