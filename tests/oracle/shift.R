# Bands of severity before and after in base R 4.2.2: base::findInterval, base::table and
# base::prop.table, on the data sets of rates.R, with the limits of the MADRS (0, 7, 20, 35).
# Reads rates_data.csv; writes shift.csv, one row a data set, visit, handling, arm and pair of bands.
# Run from the repository's root: Rscript tests/oracle/shift.R
long <- read.csv("tests/oracle/rates_data.csv")
labels <- c("none", "mild", "moderate", "severe", "missing")

band <- function(score) {
  place <- findInterval(score, c(0, 7, 20, 35))
  factor(ifelse(is.na(score), "missing", labels[place]), levels = labels)
}

rows <- NULL
for (trial in unique(long$trial)) for (arm in unique(long$arm[long$trial == trial])) {
  part <- long[long$trial == trial & long$arm == arm, ]
  wide <- tapply(part$score, list(part$id, part$visit), identity)
  for (visit in c(1, 4)) for (missing in c("observed", "locf")) {
    score <- wide[, visit + 1]
    if (missing == "locf") {
      score <- apply(wide[, 2:(visit + 1), drop = FALSE], 1, function(x) {
        seen <- which(!is.na(x))
        if (length(seen)) x[max(seen)] else NA
      })
    }
    counts <- table(band(wide[, 1]), band(score))
    share <- prop.table(counts, 1)
    for (low in labels) for (high in labels) {
      rows <- rbind(rows, data.frame(
        trial, arm, visit, missing, low, high,
        count = counts[low, high], n = sum(counts[low, ]), share = share[low, high]
      ))
    }
  }
}
rows$share <- ifelse(is.nan(rows$share), "", formatC(rows$share, digits = 17, format = "g"))
write.csv(rows, file.path("tests", "oracle", "shift.csv"), row.names = FALSE, quote = FALSE)
