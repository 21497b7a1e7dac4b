# Fine and Gray's model by R's cmprsk, on the data of cumulative_incidence.R.
# Run: Rscript tests/oracle/fine_gray.R   (R 4.2.2, cmprsk 2.2-11; writes fine_gray.csv)
suppressMessages(library(cmprsk))

given <- read.csv("tests/oracle/cumulative_incidence_data.csv")
rows <- list()
for (name in c("mgus2", "pbc", "melanoma", "veteran", "ties", "no_censoring")) {
  d <- given[given$dataset == name, ]
  # A number with many values beside the group, so that ties of covariates are not all there is.
  x <- cbind(group = d$group, score = (seq_len(nrow(d)) * 37) %% 101 / 10)
  for (cause in 1:2) {
    fit <- crr(d$time, d$cause, x, failcode = cause, gtol = 1e-12, maxiter = 50)
    rows[[length(rows) + 1]] <- data.frame(
      dataset = name, cause = cause, term = colnames(x), coefficient = fit$coef,
      std_error = sqrt(diag(fit$var)), log_likelihood = fit$loglik,
      log_likelihood_null = fit$loglik.null
    )
  }
}
table <- do.call(rbind, rows)
number <- vapply(table, is.numeric, TRUE)
table[number] <- lapply(table[number], function(x) sprintf("%.15g", x))
write.csv(table, "tests/oracle/fine_gray.csv", row.names = FALSE, quote = FALSE)
