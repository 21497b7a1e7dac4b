# Pearson and Spearman correlation in R 4.2.2: stats::cor.test; the interval of Spearman's rho is
# written out from Bonett and Wright (2000). Writes correlation.csv and reads nothing.
# Run from the repository's root: Rscript tests/oracle/correlation.R

# The same literals stand in tests/groups/test_correlation.py.
sets <- list(
  ties_and_zeros = list(
    x = c(0, 0, 0, 5, 5, 10, 10, 20, 35, 60, 0, 0, 90, 15),
    y = c(-60, -55, -55, -70, -10, -20, -50, -5, 0, 10, -80, -30, 5, -30)
  ),
  missing = list(
    x = c(12.5, NA, 9, 14, 7.25, 3, 11, 16.5, NA, 8),
    y = c(18, 15.5, NA, 13, 21, 17.75, 12, NA, NA, 19)
  ),
  five_with_a_far_value = list(x = c(1, 2, 3, 4, 100), y = c(2.5, 1, 4, 3, 50)),
  four = list(x = c(1, 2, 3, 4), y = c(2, 1, 4, 3))
)

rows <- do.call(rbind, lapply(names(sets), function(name) {
  x <- sets[[name]]$x
  y <- sets[[name]]$y
  n <- sum(!is.na(x) & !is.na(y))
  line <- cor.test(x, y)
  narrow <- cor.test(x, y, conf.level = 0.8)
  rank <- suppressWarnings(cor.test(x, y, method = "spearman", exact = FALSE))
  rho <- rank$estimate[[1]]
  margin <- qnorm(0.975) * sqrt((1 + rho^2 / 2) / (n - 3))
  data.frame(
    n = n, r = line$estimate[[1]], r_low = line$conf.int[1], r_high = line$conf.int[2],
    r_low_80 = narrow$conf.int[1], r_high_80 = narrow$conf.int[2],
    t = line$statistic[[1]], df = line$parameter[[1]], r_p = line$p.value,
    rho = rho, rho_low = tanh(atanh(rho) - margin), rho_high = tanh(atanh(rho) + margin),
    rho_p = rank$p.value
  )
}))
table <- cbind(dataset = names(sets), format(rows, digits = 17, trim = TRUE))
write.csv(table, "tests/oracle/correlation.csv", row.names = FALSE, quote = FALSE)
