# Adjusted p values in R 4.2.2: p.adjust.
# Writes p_adjust.csv (one row a p value of a family) and reads nothing.
# Run from the repository's root: Rscript tests/oracle/p_adjust.R
families <- list(
  one = 0.04,
  two = c(0.03, 0.02),
  three_in_order = c(0.005, 0.011, 0.8),
  ties = c(0.01, 0.04, 0.01, 0.04, 0.04, 0.5),
  missing = c(NA, 0.013, 0.2, NA, 0.049, 0.001, NA),
  eleven_subscales = c(0.0004, 0.0061, 0.0099, 0.0142, 0.0257, 0.0341, 0.0480, 0.1103, 0.2750,
                       0.6420, 0.9310)[c(7, 2, 11, 4, 1, 9, 3, 10, 5, 8, 6)],
  zero_and_one = c(1, 0, 0.5, 1, 0, 1e-300),
  all_missing = c(NA, NA),
  # a fixed formula: 60 values between 0 and 1 in no order
  sixty = ((1:60 * 37) %% 61 / 61)^3
)
methods <- c("holm", "hochberg", "hommel", "bonferroni", "BH", "BY", "none")

rows <- lapply(names(families), function(name) {
  p <- families[[name]]
  adjusted <- sapply(methods, function(method) p.adjust(p, method))
  adjusted <- matrix(adjusted, nrow = length(p), dimnames = list(NULL, tolower(methods)))
  data.frame(family = name, p = p, adjusted)
})
table <- do.call(rbind, rows)
number <- vapply(table, is.numeric, TRUE)
table[number] <- lapply(table[number], function(x) {
  ifelse(is.na(x), "NA", formatC(x, digits = 17, format = "g", width = 1))
})
write.csv(table, "tests/oracle/p_adjust.csv", row.names = FALSE, quote = FALSE)
