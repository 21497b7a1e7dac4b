# The optimism of a logistic model in R 4.2.2: resamples and folds drawn here, glm refitted in each
# (weights), areas by pROC, calibration by glm on the log odds, Harrell's optimism, the .632+
# estimator of Efron and Tibshirani (1997) written out, leave-one-out and five folds pooled and
# averaged, leave-pair-out.
# Reads prediction_data.csv. Writes validation_counts.csv (how often each subject stands in each
# resample) and validation.csv.
# Run from the repository's root: Rscript tests/oracle/validation.R
suppressMessages(library(pROC))
options(warn = -1)

all <- read.csv("tests/oracle/prediction_data.csv")
d <- all[all$set == "rare", ]
d <- d[order(d$y, d$anx, d$base), ]  # as the package numbers its subjects
n <- nrow(d)
x <- cbind(1, d$anx, d$base)
exact <- list(epsilon = 1e-14, maxit = 100)
coefs <- function(w) glm.fit(x[w > 0, ], d$y[w > 0], weights = w[w > 0], family = binomial(),
                             control = exact)$coefficients
area <- function(y, p) {
  if (length(unique(y)) < 2) return(NA)
  as.numeric(auc(roc(y, p, levels = c(0, 1), direction = "<", quiet = TRUE)))
}
measures <- function(y, p) {
  line <- if (length(unique(y)) < 2) c(NA, NA) else
    glm.fit(cbind(1, qlogis(p)), y, family = binomial(), control = exact)$coefficients
  c(area(y, p), mean((y - p)^2), line[2], line[1])
}
set.seed(20261)
B <- 60
counts <- t(replicate(B, tabulate(sample(n, replace = TRUE), n)))
full <- plogis(drop(x %*% coefs(rep(1, n))))
seen <- measures(d$y, full)
gain <- matrix(NA, B, 4)
out_auc <- rep(NA, B)
squared <- left <- rep(0, n)
for (b in seq_len(B)) {
  p <- plogis(drop(x %*% coefs(counts[b, ])))
  again <- rep(seq_len(n), counts[b, ])
  gain[b, ] <- measures(d$y[again], p[again]) - measures(d$y, p)
  out <- counts[b, ] == 0
  out_auc[b] <- area(d$y[out], p[out])
  squared[out] <- squared[out] + (d$y[out] - p[out])^2
  left[out] <- left[out] + 1
}
plus <- function(seen, out, none) {
  out <- min(out, none)
  r <- if (out > seen && none > seen) (out - seen) / (none - seen) else 0
  w <- 0.632 / (1 - 0.368 * r)
  (1 - w) * seen + w * out
}
none <- mean(outer(d$y, full, function(a, b) (a - b)^2))
plus_auc <- 1 - plus(1 - seen[1], 1 - mean(out_auc, na.rm = TRUE), 0.5)
plus_brier <- plus(seen[2], mean((squared / left)[left > 0]), none)

cross <- function(fold) {
  p <- rep(NA, n)
  for (k in unique(fold)) p[fold == k] <- plogis(drop(x[fold == k, , drop = FALSE] %*% coefs(as.numeric(fold != k))))
  p
}
one <- measures(d$y, cross(seq_len(n)))
fold <- (seq_len(n) * 7) %% 5
p <- cross(fold)
five <- measures(d$y, p)
mean_five <- colMeans(t(sapply(0:4, function(k) measures(d$y[fold == k], p[fold == k]))))
won <- 0
for (i in which(d$y == 1)) for (j in which(d$y == 0)) {
  w <- rep(1, n)
  w[c(i, j)] <- 0
  b <- coefs(w)
  won <- won + (sum(b * x[i, ]) > sum(b * x[j, ])) + (sum(b * x[i, ]) == sum(b * x[j, ])) / 2
}
pair <- won / (sum(d$y == 1) * sum(d$y == 0))

put <- function(name, v) data.frame(name, measure = c("auc", "brier", "slope", "intercept"),
                                    value = sprintf("%.15g", v))
rows <- rbind(put("apparent", seen), put("optimism", colMeans(gain)), put("leave-one-out", one),
              put("pooled", five), put("averaged", mean_five),
              put("0.632+", c(plus_auc, plus_brier, NA, NA)), put("leave-pair-out", c(pair, NA, NA, NA)))
write.csv(rows, "tests/oracle/validation.csv", row.names = FALSE, quote = FALSE)
write.table(counts, "tests/oracle/validation_counts.csv", sep = ",", row.names = FALSE, col.names = FALSE)
