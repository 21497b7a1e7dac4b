# The largest of several correlated |t| in R 4.2.2 (mvtnorm::pmvt): three contrasts by TVPACK over
# the eight corners of the box, more by Genz and Bretz. Writes largest_t.csv.
# Run from the repository's root: Rscript tests/oracle/largest_t.R
suppressMessages(library(mvtnorm))
digits <- function(x) sprintf("%.15g", x)
corners <- function(t, df, r) {
  signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), 3)))
  parts <- apply(signs, 1, function(s) prod(s) * pmvt(lower = rep(-Inf, 3), upper = s * t, df = df,
    corr = r, algorithm = TVPACK(abseps = 1e-13)))
  1 - sum(parts)
}
wide <- function(t, df, r) {
  set.seed(1)
  1 - pmvt(lower = rep(-t, nrow(r)), upper = rep(t, nrow(r)), df = df, corr = r,
    algorithm = GenzBretz(maxpts = 2e5, abseps = 1e-6))
}
factors <- list(
  equal3 = rep(sqrt(0.5), 3), unequal3 = sqrt(c(0.3, 0.5, 0.8)), mixed3 = c(0.8, -0.5, 0.4),
  equal4 = rep(sqrt(0.5), 4), unequal5 = sqrt(c(0.2, 0.4, 0.5, 0.6, 0.7)))
matrices <- lapply(factors, function(a) { r <- outer(a, a); diag(r) <- 1; r })
matrices$general3 <- matrix(c(1, .75, .1, .75, 1, .2, .1, .2, 1), 3)  # no product: 0.75 x 0.2 / 0.1 > 1
matrices$general4 <- matrix(c(1, .62, .45, .3, .62, 1, .55, .4, .45, .55, 1, .6, .3, .4, .6, 1), 4)
matrices$general6 <- 0.7^abs(outer(1:6, 1:6, "-"))
out <- data.frame()
for (name in names(matrices)) for (df in c(5, 27)) for (t in c(1.2, 2.6)) {
  r <- matrices[[name]]
  p <- if (nrow(r) == 3) corners(t, df, r) else wide(t, df, r)
  out <- rbind(out, data.frame(name, df, t, k = nrow(r), p = digits(p),
    correlation = paste(digits(r[upper.tri(r)]), collapse = " ")))
}
write.csv(out, "tests/oracle/largest_t.csv", row.names = FALSE, quote = FALSE)
