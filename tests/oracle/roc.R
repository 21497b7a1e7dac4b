# ROC curves in R 4.2.2, pROC 1.18: area, DeLong variance and interval (auc, var, ci.auc), paired
# and unpaired comparisons (roc.test), sensitivity and specificity at every threshold (coords,
# those of "best" by Youden). The logit interval is written out.
# Reads prediction_data.csv (written by prediction_models.R). Writes roc.csv and roc_tests.csv.
# Run from the repository's root: Rscript tests/oracle/roc.R
suppressMessages(library(pROC))

d <- read.csv("tests/oracle/prediction_data.csv")
one <- function(set, marker, direction, keep = TRUE) {
  x <- d[d$set == set & keep, ]
  roc(x$y, x[[marker]], levels = c(0, 1), direction = direction, quiet = TRUE)
}
rows <- NULL
for (set in c("small", "sites", "rare")) for (marker in c("anx", "base")) for (way in c("<", ">")) {
  r <- one(set, marker, way)
  a <- as.numeric(auc(r))
  v <- var(r, method = "delong")
  ci <- as.numeric(ci.auc(r, method = "delong"))
  logit <- plogis(qlogis(a) + c(-1, 1) * qnorm(0.975) * sqrt(v) / (a * (1 - a)))
  best <- coords(r, "best", best.method = "youden", transpose = FALSE)
  best <- best[which.max(best$sensitivity), ]
  at <- coords(r, 25, transpose = FALSE)
  rows <- rbind(rows, data.frame(set, marker, direction = if (way == "<") "higher" else "lower",
    auc = a, variance = v, low = ci[1], high = ci[3], logit_low = logit[1], logit_high = logit[2],
    best_sensitivity = best$sensitivity, best_specificity = best$specificity,
    sensitivity = at$sensitivity, specificity = at$specificity))
}
tests <- NULL
for (set in c("small", "sites", "rare")) {
  t <- roc.test(one(set, "base", "<"), one(set, "anx", "<"), paired = TRUE, method = "delong")
  tests <- rbind(tests, data.frame(set, kind = "paired", statistic = t$statistic, df = NA, p = t$p.value))
}
for (pair in list(c("Chur", "Basel"), c("Davos", "Basel"))) {
  t <- roc.test(one("sites", "base", "<", d$site == pair[1]), one("sites", "base", "<", d$site == pair[2]),
                paired = FALSE, method = "delong")
  tests <- rbind(tests, data.frame(set = pair[1], kind = "unpaired", statistic = t$statistic,
                                   df = t$parameter, p = t$p.value))
}
put <- function(table, name) {
  for (column in names(table)) if (is.double(table[[column]])) {
    table[[column]] <- ifelse(is.na(table[[column]]), "", sprintf("%.15g", table[[column]]))
  }
  write.csv(table, file.path("tests", "oracle", name), row.names = FALSE, quote = FALSE)
}
put(rows, "roc.csv")
put(tests, "roc_tests.csv")
