# Outcomes over several visits and by size of change, in R 4.2.2, from raw scores, by base R alone.
# Reads rates_data.csv (made by rates.R) and writes outcomes.csv: one row a data set, outcome,
# handling of missing scores and arm, with counts and two intervals.
# Run from the repository's root: Rscript tests/oracle/outcomes.R

data <- read.csv(file.path("tests", "oracle", "rates_data.csv"))
data$tenths <- round(10 * data$score) # whole numbers, so that every comparison is exact
orders <- list(
  boundary = c("placebo", "ketamine"), gaps = c("placebo", "ketamine"),
  unbalanced = c("placebo", "ketamine", "esketamine")
)

# One subject: base and s[1..4] in tenths. Improvement of at least `share` per cent, exactly.
improved <- function(base, s, share) 100 * (base - s) >= share * base
at_most <- function(base, s, points) s <= 10 * points

carried <- function(s) {
  for (j in seq_along(s)[-1]) if (is.na(s[j])) s[j] <- s[j - 1]
  s
}

# A rule in a run of visits: met, strayed and missed are counted one by one.
held <- function(rule, base, s, run, k, excursions, missed, still = NULL, only_at = run) {
  met <- strayed <- unseen <- 0
  for (v in run) {
    if (is.na(s[v])) {
      unseen <- unseen + 1
      if (!v %in% only_at) return("unseen")
    }
  }
  if (unseen > missed) return("unseen")
  for (v in run) {
    if (is.na(s[v])) next
    if (rule(base, s[v])) {
      met <- met + 1
    } else {
      strayed <- strayed + 1
      if (!v %in% only_at) return("failed")
      if (!is.null(still) && !still(base, s[v])) return("failed")
    }
  }
  if (met >= k && strayed <= excursions) "met" else "failed"
}

half <- function(base, s) improved(base, s, 50)
quarter <- function(base, s) improved(base, s, 25)
twelve <- function(base, s) at_most(base, s, 12)
threshold <- 1.96 * 6 * sqrt(2) * sqrt(1 - 0.85) # points, for a reliability of 0.85 and an SD of 6

# Each outcome: needs a baseline (above 0 for a share), and "met", "failed" or "unseen" (not to
# be counted where missing scores are left out) of one subject, s being what the handling gives.
one <- function(test) function(base, s, v) if (is.na(s[v])) "unseen" else if (test(base, s[v])) "met" else "failed"
level <- function(low, high) {
  one(function(base, x) improved(base, x, low) && (is.na(high) || !improved(base, x, high)))
}
below <- one(function(base, x) !improved(base, x, 25))
gain <- function(base, x) (base - x) / 10
outcomes <- list(
  partial = list("share", function(b, s) level(25, 50)(b, s, 2)),
  level_50 = list("share", function(b, s) level(50, NA)(b, s, 4)),
  level_25 = list("share", function(b, s) level(25, 50)(b, s, 4)),
  level_0 = list("share", function(b, s) below(b, s, 4)),
  ever_response = list("share", function(b, s) {
    if (all(is.na(s))) "unseen" else if (any(half(b, s), na.rm = TRUE)) "met" else "failed"
  }),
  ever_remission = list("none", function(b, s) {
    t <- s[2:3]
    if (all(is.na(t))) "unseen" else if (any(t <= 100, na.rm = TRUE)) "met" else "failed"
  }),
  end_scheduled = list("share", function(b, s) one(half)(b, s, 4)),
  sustained_2_of_3 = list("share", function(b, s) held(half, b, s, 2:4, 2, 1, 1)),
  sustained_all = list("share", function(b, s) held(half, b, s, 2:4, 3, 0, 0)),
  stable = list("none", function(b, s) held(twelve, b, s, 1:4, 3, 1, 1, only_at = 2:3)),
  kept = list("share", function(b, s) {
    held(half, b, s, 1:4, 3, 1, 0, still = quarter, only_at = 2:3)
  }),
  ever_twice = list("none", function(b, s) {
    found <- sapply(1:3, function(v) held(twelve, b, s, v:(v + 1), 2, 0, 0))
    if ("met" %in% found) "met" else if ("failed" %in% found) "failed" else "unseen"
  }),
  meaningful_share = list("share", function(b, s) one(function(b, x) 1000 * (b - x) >= 175 * b)(b, s, 4)),
  meaningful_points = list("baseline", function(b, s) one(function(b, x) b - x >= 60)(b, s, 4)),
  recovered = list("baseline", function(b, s) {
    one(function(b, x) gain(b, x) > threshold && x <= 120 && b > 120)(b, s, 4)
  }),
  improved_only = list("baseline", function(b, s) {
    one(function(b, x) gain(b, x) > threshold && !(x <= 120 && b > 120))(b, s, 4)
  }),
  unchanged = list("baseline", function(b, s) one(function(b, x) abs(gain(b, x)) <= threshold)(b, s, 4)),
  deteriorated = list("baseline", function(b, s) one(function(b, x) -gain(b, x) > threshold)(b, s, 4))
)
# At the last scored visit: its own score, and the last two visits up to it.
last_scored <- list(
  end_observed = list("share", function(b, s) {
    v <- which(!is.na(s))
    if (length(v)) one(half)(b, s, max(v)) else "unseen"
  }),
  end_twice = list("none", function(b, s) {
    v <- which(!is.na(s))
    if (length(v) && max(v) > 1) held(twelve, b, s, (max(v) - 1):max(v), 2, 0, 0) else "unseen"
  })
)

can_judge <- function(needs, base) {
  needs == "none" || (!is.na(base) && (needs == "baseline" || base > 0))
}

rows <- NULL
tabulate <- function(trial, name, outcome, handlings) {
  long <- data[data$trial == trial, ]
  wide <- tapply(long$tenths, list(long$id, long$visit), identity)
  arm <- tapply(long$arm, long$id, unique)
  for (missing in handlings) {
    found <- sapply(seq_len(nrow(wide)), function(i) {
      s <- wide[i, -1]
      if (!can_judge(outcome[[1]], wide[i, 1])) return("unseen")
      outcome[[2]](wide[i, 1], if (missing == "locf") carried(s) else s)
    })
    for (group in orders[[trial]]) {
      own <- found[arm == group]
      x <- sum(own == "met")
      n <- if (missing == "nri") length(own) else sum(own != "unseen")
      w <- suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
      e <- binom.test(x, n)$conf.int
      rows <<- rbind(rows, data.frame(
        trial, outcome = name, missing, arm = group, count = x, n, estimate = x / n,
        wilson_low = w[1], wilson_high = w[2], exact_low = e[1], exact_high = e[2]
      ))
    }
  }
}
for (trial in names(orders)) {
  for (name in names(outcomes)) tabulate(trial, name, outcomes[[name]], c("observed", "locf", "nri"))
  for (name in names(last_scored)) tabulate(trial, name, last_scored[[name]], c("observed", "nri"))
}
numbers <- vapply(rows, is.double, TRUE)
rows[numbers] <- lapply(rows[numbers], function(x) trimws(formatC(x, digits = 17, format = "g")))
write.csv(rows, "tests/oracle/outcomes.csv", row.names = FALSE, quote = FALSE)
