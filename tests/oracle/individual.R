# Change of single subjects in base R 4.2.2, on the data sets of rates.R: base subtraction and
# division, stats::quantile (type 7), base::mean and stats::sd.
# Reads rates_data.csv; writes individual.csv (one row a data set, visit and subject) and
# individual_groups.csv (one row a data set, visit, arm and measure).
# Run from the repository's root: Rscript tests/oracle/individual.R
long <- read.csv("tests/oracle/rates_data.csv")

relative <- function(score, base, floor) ifelse(base > floor, (score - base) / (base - floor), NA)

described <- function(values) {
  seen <- values[!is.na(values)]
  q <- if (length(seen)) quantile(seen, c(0.5, 0.25, 0.75, 0, 1), names = FALSE) else rep(NA, 5)
  data.frame(
    n = length(seen), n_missing = length(values) - length(seen),
    mean = if (length(seen)) mean(seen) else NA, sd = sd(seen),
    median = q[1], q1 = q[2], q3 = q[3], min = q[4], max = q[5]
  )
}

subjects <- NULL
groups <- NULL
for (trial in unique(long$trial)) {
  part <- long[long$trial == trial, ]
  wide <- tapply(part$score, list(part$id, part$visit), identity)
  arm <- tapply(part$arm, part$id, unique)
  for (visit in c(2, 4)) {
    base <- wide[, 1]
    score <- wide[, visit + 1]
    seen <- !is.na(wide[, -1])
    ever <- apply(seen, 1, function(x) if (any(x)) max(which(x)) else NA)
    until <- apply(seen[, 1:visit, drop = FALSE], 1, function(x) {
      if (any(x)) max(which(x)) else NA
    })
    last <- wide[cbind(seq_len(nrow(wide)), until + 1)]
    status <- ifelse(
      !is.na(score), "completed",
      ifelse(is.na(ever), "never scored", ifelse(ever > visit, "missed", "left before"))
    )
    one <- data.frame(
      trial, visit, id = rownames(wide), arm = arm[rownames(wide)], baseline = base, score,
      change = score - base, from_0 = relative(score, base, 0), from_5 = relative(score, base, 5),
      status, last_visit = until, last_score = last, last_change = last - base, last_seen = ever
    )
    subjects <- rbind(subjects, one)
    for (name in unique(one$arm)) {
      own <- one[one$arm == name, ]
      for (measure in c("score", "change", "from_0", "from_5")) {
        groups <- rbind(
          groups, cbind(trial, visit, arm = name, measure, described(own[[measure]]))
        )
      }
    }
  }
}

write_rows <- function(rows, name) {
  numbers <- vapply(rows, is.double, TRUE)
  rows[numbers] <- lapply(rows[numbers], formatC, digits = 17, format = "g")
  rows[] <- lapply(rows, function(x) ifelse(trimws(x) %in% c("NA", "NaN"), "", trimws(x)))
  write.csv(rows, file.path("tests", "oracle", name), row.names = FALSE, quote = FALSE, na = "")
}
write_rows(subjects, "individual.csv")
write_rows(groups, "individual_groups.csv")
