# Exact coverage of Wilson's and Clopper-Pearson's 95 % intervals at n = 31 in R 4.2.2:
# binomial probabilities of the counts whose interval holds the true rate, summed.
# Writes proportion_coverage.csv (one row a true rate) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/proportion_coverage.R
n <- 31
counts <- 0:n
wilson <- sapply(counts, function(x) {
  suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
})
exact <- sapply(counts, function(x) binom.test(x, n)$conf.int)

coverage <- function(ends, rate) {
  sum(dbinom(counts, n, rate)[ends[1, ] <= rate & rate <= ends[2, ]])
}

rate <- c(0.005, seq(0.01, 0.99, by = 0.01), 0.995)
table <- data.frame(
  rate = rate,
  wilson = sapply(rate, function(p) coverage(wilson, p)),
  clopper_pearson = sapply(rate, function(p) coverage(exact, p))
)
table[] <- lapply(table, formatC, digits = 17, format = "g", width = 1)
write.csv(table, "tests/oracle/proportion_coverage.csv", row.names = FALSE, quote = FALSE)
