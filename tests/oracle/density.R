# A kernel density folded back at the ends of a scale, in R 4.2.2: stats::bw.nrd0, and sums of
# stats::dnorm over the sample and its mirror images (Silverman 1986, page 30).
# Writes density.csv, one row a sample and point.
# Run from the repository's root: Rscript tests/oracle/density.R
samples <- list(
  zeros = list(x = c(rep(0, 9), 1, 2.5, 7, 18, 40.5), low = 0, high = 100),
  ties = list(x = c(5, 5, 5, 6, 6, 7, 9, 9, 12), low = 0, high = 60),
  full = list(x = c(97, 100, 100, 88, 61, 99.5, 100), low = 0, high = 100),
  free = list(x = c(-3.2, 0.4, 1.1, 2.8, 9.7), low = -Inf, high = Inf),
  two = list(x = c(3, 8), low = 0, high = Inf)
)
rows <- NULL
for (name in names(samples)) {
  one <- samples[[name]]
  width <- bw.nrd0(one$x)
  images <- one$x
  for (end in c(one$low, one$high)) if (is.finite(end)) images <- c(images, 2 * end - one$x)
  for (at in c(-1, 0, 0.5, 3, 10, 42, 99, 100, 104)) {
    inside <- at >= one$low && at <= one$high
    value <- if (inside) sum(dnorm(at, images, width)) / length(one$x) else 0
    rows <- rbind(rows, data.frame(name, at, width, value))
  }
}
rows[2:4] <- lapply(rows[2:4], formatC, digits = 17, format = "g")
write.csv(rows, file.path("tests", "oracle", "density.csv"), row.names = FALSE, quote = FALSE)
