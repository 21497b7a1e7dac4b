# Exact intervals of rates and of their ratio, in R 4.2.2 (stats::poisson.test).
# Writes poisson.csv. Run from the repository's root: Rscript tests/oracle/poisson.R

sets <- rbind(
  c(0, 48, 3, 51.5), c(1, 10.25, 0, 11), c(4, 20, 4, 20), c(11, 800, 23, 3011),
  c(137, 24.19893, 120, 30), c(2, 0.5, 40, 300), c(58, 261, 198, 278), c(0, 7, 1, 900)
)
rows <- NULL
for (i in seq_len(nrow(sets))) {
  s <- sets[i, ]
  for (level in c(0.95, 0.8)) {
    one <- poisson.test(s[1], s[2], conf.level = level)
    two <- poisson.test(s[c(1, 3)], s[c(2, 4)], conf.level = level)
    rows <- rbind(rows, data.frame(
      count = s[1], exposure = s[2], count_0 = s[3], exposure_0 = s[4], level = level,
      rate = unname(one$estimate), rate_low = one$conf.int[1], rate_high = one$conf.int[2],
      ratio = unname(two$estimate), ratio_low = two$conf.int[1], ratio_high = two$conf.int[2],
      p = two$p.value
    ))
  }
}
options(digits = 15)
write.csv(format(rows, digits = 15, trim = TRUE), "tests/oracle/poisson.csv",
          row.names = FALSE, quote = FALSE)
