# Means and shares over infusions with subjects as the sample, in R 4.2.2 with survey 4.1-1.
# Writes clustered_data.csv (one row an infusion) and clustered.csv (one row a data set and level).
# Run from the repository's root: Rscript tests/oracle/clustered.R

library(survey)

pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009

# Ties and equal sizes; one infusion each; unbalanced, 1 to 9 infusions; a rare outcome.
ties <- data.frame(data = "ties", subject = rep(1:12, each = 4))
ties$value <- 10 + floor(6 * pseudo(ties$subject, 1)) + rep(c(0, 0, 1, 2), 12)
single <- data.frame(data = "single", subject = 1:25)
single$value <- round(120 + 30 * pseudo(single$subject, 2), 1)
sizes <- c(1, 9, 2, 2, 7, 1, 5, 3, 6, 4, 1, 8)
unbalanced <- data.frame(data = "unbalanced", subject = rep(seq_along(sizes), sizes))
i <- seq_len(nrow(unbalanced))
unbalanced$value <- round(-5 + 40 * pseudo(unbalanced$subject, 3) + 11 * pseudo(i, 4), 2)
rare <- data.frame(data = "rare", subject = rep(1:40, each = 6))
rare$value <- ifelse(rare$subject %in% c(3, 17), 60 + seq_len(240) %% 6, 20 + seq_len(240) %% 9)
frames <- list(ties, single, unbalanced, rare)
bounds <- c(ties = 14, single = 140, unbalanced = 20, rare = 62)

rows <- NULL
for (frame in frames) {
  name <- frame$data[1]
  frame$met <- as.numeric(frame$value >= bounds[[name]])
  design <- svydesign(ids = ~subject, weights = ~1, data = frame)
  for (level in c(0.95, 0.8)) {
    mean <- svymean(~value, design)
    ends <- confint(mean, level = level, df = degf(design))
    share <- svyciprop(~met, design, method = "xlogit", level = level)
    rows <- rbind(rows, data.frame(
      data = name, level = level, bound = bounds[[name]],
      mean = coef(mean), mean_se = SE(mean)[1, 1], mean_low = ends[1], mean_high = ends[2],
      share = as.numeric(share), share_se = as.numeric(SE(svymean(~met, design))),
      share_low = attr(share, "ci")[[1]], share_high = attr(share, "ci")[[2]]
    ))
  }
}
options(digits = 15)
write.csv(do.call(rbind, frames), "tests/oracle/clustered_data.csv", row.names = FALSE, quote = FALSE)
write.csv(format(rows, digits = 15, trim = TRUE), "tests/oracle/clustered.csv", row.names = FALSE,
          quote = FALSE)
