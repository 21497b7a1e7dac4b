# Response by infusion, infusions until response, cumulative response, in R 4.2.2 (survival 3.5-3).
# Writes infusions_scores.csv and infusions_given.csv (three made-up trials by a fixed formula) and
# infusions.csv: counts from raw rows by loops, Kaplan-Meier by survival::survfit.
# Run from the repository's root: Rscript tests/oracle/infusions.R
library(survival)

pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009
arms <- c("placebo", "ketamine")

# ties: ratings at the very start of an infusion, baselines that halve exactly, nobody leaves.
# gaps: people stop, miss ratings, have no baseline or no infusion; times jitter.
# unbalanced: five against thirty; several ratings an infusion.
make <- function(trial, n, n_infusions) {
  scores <- given <- NULL
  for (i in 1:n) {
    arm <- if (trial == "unbalanced") (if (i <= 5) "placebo" else "ketamine") else arms[1 + i %% 2]
    base <- if (trial == "ties") c(20, 30, 40, 24)[1 + i %% 4] else 20 + floor(30 * pseudo(i, 1))
    k <- if (trial == "ties") n_infusions else 1 + floor(n_infusions * pseudo(i, 2))
    jitter <- if (trial == "ties") 0 else round(6 * pseudo(i, 3:(2 + n_infusions)), 2)
    start <- 72 * (0:(n_infusions - 1)) + jitter
    start[1] <- 0
    start <- start[seq_len(min(k, n_infusions))]
    if (trial == "gaps" && i %% 17 == 0) start <- numeric(0)
    hours <- c(4, 24, 72, 100, 144, 170, 216, 240, 288, 312)
    if (trial != "ties") hours <- hours + round(2 * pseudo(i, 20:29), 2)
    share <- 1.05 - (0.4 + 0.5 * (arm == "ketamine")) * pseudo(i, 40:49) * seq(0.6, 1.3, length.out = 10)
    value <- if (trial == "ties") base * sample_share(i) else pmax(0, floor(base * share))
    if (trial == "gaps") {
      value[pseudo(i, 60:69) < 0.25] <- NA
      left <- 2 + floor(11 * pseudo(i, 70))
      if (left < 10) value[(left + 1):10] <- NA
      if (i %% 13 == 0) base <- NA
    }
    # in hours from the origin; visit 0 is the baseline
    scores <- rbind(scores, data.frame(
      trial, id = i, arm, visit = 0:10, hour = c(-1, hours), score = c(base, value)
    ))
    if (length(start)) {
      given <- rbind(given, data.frame(trial, id = i, seq = seq_along(start), hour = start))
    }
  }
  list(scores = scores, given = given)
}
sample_share <- function(i) c(1, 0.75, 0.5)[1 + floor(3 * pseudo(i, 31:40))]
trials <- list(
  ties = make("ties", 40, 4), gaps = make("gaps", 60, 5), unbalanced = make("unbalanced", 35, 5)
)

# How a score belongs to an infusion: (least, most) hours after its start, which one is taken.
plans <- list(
  day_after = list(least = 20, most = 30, take = "first"),
  week = list(least = 0, most = 168, take = "last"),
  early = list(least = 0, most = 72, take = "first")
)
rules <- list(
  half = function(base, s) if (is.na(base) || base <= 0) NA else 2 * (base - s) >= base,
  ten = function(base, s) s <= 10
)

assigned <- function(rows, starts, plan) { # the score of each infusion of one subject
  out <- rep(NA_real_, length(starts))
  for (k in seq_along(starts)) {
    end <- if (k < length(starts)) starts[k + 1] else Inf
    fits <- !is.na(rows$score) & rows$visit > 0 & rows$hour > starts[k] & rows$hour <= end &
      rows$hour - starts[k] >= plan$least & rows$hour - starts[k] <= plan$most
    if (!any(fits)) next
    own <- rows[fits, ]
    own <- own[order(own$hour), ]
    out[k] <- if (plan$take == "first") own$score[1] else own$score[nrow(own)]
  }
  out
}

rows <- NULL
add <- function(...) {
  given <- data.frame(..., stringsAsFactors = FALSE)
  columns <- c("trial", "plan", "rule", "arm", "record", "missing", "at", "count", "n", "n_at_risk",
    "estimate", "conf_low", "conf_high")
  given[setdiff(columns, names(given))] <- NA
  rows <<- rbind(rows, given[columns])
}

for (trial in names(trials)) {
  scores <- trials[[trial]]$scores
  given <- trials[[trial]]$given
  ids <- unique(scores$id)
  arm <- sapply(ids, function(i) scores$arm[scores$id == i][1])
  base <- sapply(ids, function(i) scores$score[scores$id == i & scores$visit == 0])
  received <- sapply(ids, function(i) sum(given$id == i))
  for (rule in names(rules)) {
    for (plan in names(plans)) {
      top <- max(received)
      s <- t(sapply(ids, function(i) {
        own <- assigned(scores[scores$id == i, ], given$hour[given$id == i], plans[[plan]])
        c(own, rep(NA, top - length(own)))
      }))
      met <- matrix(NA, nrow(s), top)
      for (i in seq_along(ids)) for (k in seq_len(top)) {
        if (!is.na(s[i, k])) met[i, k] <- rules[[rule]](base[i], s[i, k])
      }
      for (k in seq_len(top)) {
        if (all(is.na(s[, k]))) next
        for (group in arms) {
          own <- arm == group
          yes <- sum(met[own, k] %in% TRUE)
          add(trial = trial, plan = plan, rule = rule, arm = group, record = "received",
            missing = "observed", at = k, count = yes, n = sum(own & !is.na(met[, k])))
          add(trial = trial, plan = plan, rule = rule, arm = group, record = "received",
            missing = "nri", at = k, count = yes, n = sum(own & received >= k))
          add(trial = trial, plan = plan, rule = rule, arm = group, record = "began",
            missing = "nri", at = k, count = yes, n = sum(own & received >= 1))
        }
      }
      # infusions until the first response: event, or the last infusion with a score
      enters <- received >= 1 & (rule == "ten" | (!is.na(base) & base > 0))
      first <- apply(met, 1, function(m) if (any(m %in% TRUE)) min(which(m %in% TRUE)) else NA)
      last <- apply(s, 1, function(x) if (all(is.na(x))) 0 else max(which(!is.na(x))))
      d <- data.frame(time = ifelse(is.na(first), last, first), status = as.integer(!is.na(first)), arm)[enters, ]
      for (group in arms) {
        fit <- survfit(Surv(time, status) ~ 1, d[d$arm == group, ], conf.type = "log-log")
        q <- quantile(fit, 0.5)
        add(trial = trial, plan = plan, rule = rule, arm = group, record = "median",
          n = sum(d$arm == group), count = sum(d$status[d$arm == group]),
          estimate = q$quantile, conf_low = q$lower, conf_high = q$upper)
        add(trial = trial, plan = plan, rule = rule, arm = group, record = "curve",
          at = fit$time, n_at_risk = fit$n.risk, count = fit$n.event, estimate = fit$surv,
          conf_low = fit$lower, conf_high = fit$upper)
      }
    }
    # the cumulative share over time: the first score after the first infusion that meets the rule
    d <- NULL
    for (j in seq_along(ids)) {
      own <- scores[scores$id == ids[j] & scores$visit > 0 & !is.na(scores$score), ]
      if (rule == "half" && (is.na(base[j]) || base[j] <= 0)) next
      own <- own[order(own$hour), ]
      yes <- sapply(own$score, function(x) rules[[rule]](base[j], x))
      time <- if (any(yes)) own$hour[which(yes)[1]] else if (nrow(own)) max(own$hour) else 0
      d <- rbind(d, data.frame(time = time / 24, status = as.integer(any(yes)), arm = arm[j]))
    }
    for (group in arms) {
      fit <- survfit(Surv(time, status) ~ 1, d[d$arm == group, ], conf.type = "log-log")
      at <- c(0.1, 1.1, 3.1, 7, 12.5)
      found <- summary(fit, times = at[at <= max(fit$time)])
      add(trial = trial, plan = "", rule = rule, arm = group, record = "cumulative",
        at = found$time, n_at_risk = found$n.risk, count = cumsum(found$n.event),
        estimate = 1 - found$surv, conf_low = 1 - found$upper, conf_high = 1 - found$lower)
    }
  }
}

written <- function(frame, file) {
  numbers <- vapply(frame, is.double, TRUE)
  frame[numbers] <- lapply(frame[numbers], formatC, digits = 17, format = "g")
  frame[] <- lapply(frame, function(x) ifelse(is.na(x) | trimws(x) %in% c("NA", "NaN"), "", trimws(x)))
  write.csv(frame, file.path("tests", "oracle", file), row.names = FALSE, quote = FALSE)
}
written(rows, "infusions.csv")
all_scores <- do.call(rbind, lapply(trials, `[[`, "scores"))
all_given <- do.call(rbind, lapply(trials, `[[`, "given"))
all_scores$hour <- format(all_scores$hour, trim = TRUE, nsmall = 2)
all_scores$score <- ifelse(is.na(all_scores$score), "", format(all_scores$score, trim = TRUE, nsmall = 1))
all_given$hour <- format(all_given$hour, trim = TRUE, nsmall = 2)
write.csv(all_scores, "tests/oracle/infusions_scores.csv", row.names = FALSE, quote = FALSE)
write.csv(all_given, "tests/oracle/infusions_given.csv", row.names = FALSE, quote = FALSE)
