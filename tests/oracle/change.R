# Means of score and change in R 4.2.2: stats::t.test of one sample, on the data sets of rates.R.
# Reads rates_data.csv and writes change.csv, one row a data set, arm, visit and measure.
# Run from the repository's root: Rscript tests/oracle/change.R
long <- read.csv("tests/oracle/rates_data.csv")

described <- function(values) {
  seen <- values[!is.na(values)]
  n <- length(seen)
  # t.test has no interval for one value, nor for values that are all the same.
  if (n < 2 || length(unique(seen)) == 1) {
    return(data.frame(
      n, n_missing = length(values) - n, mean = if (n) mean(seen) else NA, sd = sd(seen),
      std_error = sd(seen) / sqrt(n), low = NA, high = NA, low_80 = NA, high_80 = NA
    ))
  }
  test <- t.test(seen)
  narrow <- t.test(seen, conf.level = 0.8)
  data.frame(
    n, n_missing = length(values) - n, mean = unname(test$estimate), sd = sd(seen),
    std_error = test$stderr, low = test$conf.int[1], high = test$conf.int[2],
    low_80 = narrow$conf.int[1], high_80 = narrow$conf.int[2]
  )
}

rows <- NULL
for (trial in unique(long$trial)) for (arm in unique(long$arm[long$trial == trial])) {
  part <- long[long$trial == trial & long$arm == arm, ]
  wide <- tapply(part$score, list(part$id, part$visit), identity)
  for (visit in 0:4) {
    score <- wide[, visit + 1]
    rows <- rbind(rows, cbind(trial, arm, visit, measure = "score", described(score)))
    if (visit) {
      rows <- rbind(
        rows, cbind(trial, arm, visit, measure = "change", described(score - wide[, 1]))
      )
    }
  }
}
numbers <- vapply(rows, is.double, TRUE)
rows[numbers] <- lapply(rows[numbers], formatC, digits = 17, format = "g")
rows[] <- lapply(rows, function(x) ifelse(trimws(x) %in% c("NA", "NaN"), "", trimws(x)))
write.csv(rows, file.path("tests", "oracle", "change.csv"), row.names = FALSE, quote = FALSE)
