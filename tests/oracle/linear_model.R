# Differences of two groups adjusted for covariates, by R's lm.
# Run: Rscript tests/oracle/linear_model.R   (R 4.2.2; writes linear_model.csv)

i <- 1:60
data_sets <- list(
  # R's own data set: an ordinary factor and a number, unbalanced.
  cars = data.frame(value = mtcars$mpg, group = mtcars$am, a = mtcars$wt, b = as.integer(mtcars$cyl == 6), c = as.integer(mtcars$cyl == 8)),
  # Ties throughout, one covariate.
  ties = data.frame(value = (i * 7) %% 5, group = as.integer(i %% 3 == 0), a = i %% 4, b = NA, c = NA),
  # Few in one group, large covariates whose size is no sign of dependence.
  unbalanced = data.frame(value = 100 + 10 * sin(i), group = as.integer(i %% 20 == 0), a = 2020 + i %% 3, b = 1e6 * cos(i), c = NA),
  # One covariate follows from another: R sets it aside, the group is not affected.
  dependent = data.frame(value = sqrt(i) + (i * 11) %% 7, group = as.integer((i * 5) %% 9 > 4), a = i %% 6, b = 2 * (i %% 6) + 1, c = cos(i)),
  # Correlated with the group, so that the adjusted difference has another sign.
  confounded = data.frame(value = i + 5 * cos(i), group = as.integer(i > 25), a = i + sin(i), b = NA, c = NA)
)

rows <- list()
for (name in names(data_sets)) {
  d <- data_sets[[name]]
  rows[[length(rows) + 1]] <- data.frame(dataset = name, record = "data", d, df = NA, std_error = NA, conf_low = NA, conf_high = NA, statistic = NA, p_value = NA)
  covariates <- names(which(colSums(is.na(d)) == 0))[-(1:2)]
  fit <- lm(reformulate(c("group", covariates), "value"), d)
  line <- summary(fit)$coefficients["group", ]
  for (level in c(0.95, 0.9)) {
    ends <- confint(fit, "group", level = level)
    rows[[length(rows) + 1]] <- data.frame(
      dataset = name, record = paste0("fit", 100 * level), value = line[1], group = NA, a = NA, b = NA, c = NA, df = fit$df.residual,
      std_error = line[2], conf_low = ends[1], conf_high = ends[2], statistic = line[3], p_value = line[4]
    )
  }
}
out <- do.call(rbind, rows)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) ifelse(is.na(x), NA, formatC(x, digits = 17, format = "g", width = -1)))
write.csv(out, "tests/oracle/linear_model.csv", row.names = FALSE, quote = FALSE, na = "")
