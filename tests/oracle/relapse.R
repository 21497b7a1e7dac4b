# Relapse derived by loops, and its curve by R's survival, on a made-up trial of 96 subjects.
# Run: Rscript tests/oracle/relapse.R   (R 4.2.2, survival 3.5-3; writes relapse.csv)
library(survival)

columns <- c("plan", "record", "subject", "group", "time", "entry", "n_at_risk", "n_event", "value", "conf_low", "conf_high", "p_value")
out <- list()
add <- function(...) {
  given <- data.frame(..., stringsAsFactors = FALSE)
  given[setdiff(columns, names(given))] <- NA
  out[[length(out) + 1]] <<- given[columns]
}

# --- the trial, by fixed formulas ---------------------------------------------------------------
planned <- c(14, 21, 28, 35, 42, 56, 70, 84)
subjects <- lapply(1:96, function(i) {
  day <- planned + c((i %% 3) * 2, ((i * (1:7)) %% 5 - 2) * 0.25)   # entry on day 14, 16 or 18
  score <- round(10 + 14 * abs(sin(i * 1.7)) * (seq_along(planned) - 1) / 4 + 5 * cos(i * seq_along(planned)), 0)
  score <- pmin(pmax(score, 0), 50)
  score[(i * seq_along(planned)) %% 11 == 3] <- NA
  score[planned > 84 - 14 * (i %% 6)] <- NA
  list(
    arm = i %% 2, baseline = 24 + (i * 7) %% 15, day = day, score = score,
    infusion = c(0, 4, 11 + (i %% 3) * 0.5, if (i %% 9 == 0) 30 + i %% 5),
    event = if (i %% 13 == 0) 20 + i %% 7 else numeric(0)
  )
})
for (i in seq_along(subjects)) {
  s <- subjects[[i]]
  add(record = "subject", subject = i, group = s$arm, value = s$baseline)
  add(record = "score", subject = i, time = s$day, entry = planned, value = s$score)   # entry: the planned day
  add(record = "infusion", subject = i, time = s$infusion)
  if (length(s$event)) add(record = "event", subject = i, time = s$event)
}

# --- the rules, subject by subject ---------------------------------------------------------------
relapse <- function(s, plan) {
  entry <- s$day[1]
  if (is.na(s$score[1]) || s$score[1] > s$baseline / 2) return(NULL)
  further <- s$infusion[s$infusion > entry]
  stop_at <- if (length(further) && plan$redose != "ignore") further[1] else Inf
  seen <- which(!is.na(s$score) & s$day > entry)
  seen <- seen[order(s$day[seen])]
  judged <- seen[s$day[seen] <= stop_at]
  bad <- plan$bad(s)
  event <- if (plan$events) s$event[s$event > entry & s$event <= stop_at] else numeric(0)
  free <- entry
  dates <- event
  waits_from <- NA
  found <- FALSE
  for (k in judged) {
    if (!bad[k]) { free <- s$day[k]; waits_from <- NA; stretch <- integer(0); next }
    if (is.na(waits_from)) { waits_from <- s$day[k]; stretch <- integer(0) }
    gap <- s$day[k] - s$day[stretch]
    partner <- if (plan$needed == 1) k else stretch[gap >= plan$gap[1] & gap <= plan$gap[2]]
    if (length(partner)) {
      first <- s$day[min(partner)]
      dates <- c(dates, switch(plan$dated, first = first, confirming = s$day[k], midpoint = (free + first) / 2))
      found <- TRUE
      break
    }
    stretch <- c(stretch, k)
  }
  waits <- !found && !is.na(waits_from)
  if (waits && plan$unconfirmed == "event") dates <- c(dates, waits_from)
  if (plan$redose == "event" && is.finite(stop_at)) dates <- c(dates, stop_at)
  origin <- switch(plan$origin, last = max(s$infusion[s$infusion <= entry]), first = 0, entry = entry)
  if (length(dates)) return(c(min(dates), 0, entry) - c(origin, 0, origin))
  all_events <- if (plan$events) s$event[s$event > entry] else numeric(0)
  later <- any(c(s$day[seen], all_events) >= stop_at)
  if (!waits && is.finite(stop_at) && later) return(c(stop_at - origin, 2, entry - origin))
  c(free - origin, 1, entry - origin)
}

plans <- list(
  single = list(bad = function(s) s$score >= 22, needed = 1, gap = c(0, Inf), dated = "first", unconfirmed = "censor", events = FALSE, redose = "censor", origin = "last"),
  confirmed = list(bad = function(s) s$score >= 22, needed = 2, gap = c(5, 15), dated = "confirming", unconfirmed = "censor", events = TRUE, redose = "event", origin = "entry"),
  loss = list(bad = function(s) s$baseline - s$score < 0.5 * s$baseline, needed = 2, gap = c(0, Inf), dated = "midpoint", unconfirmed = "event", events = TRUE, redose = "ignore", origin = "first")
)

for (name in names(plans)) {
  rows <- do.call(rbind, lapply(seq_along(subjects), function(i) {
    found <- relapse(subjects[[i]], plans[[name]])
    if (is.null(found)) NULL else data.frame(subject = i, group = subjects[[i]]$arm, time = found[1], cnsr = found[2], entry = found[3])
  }))
  add(plan = name, record = "row", subject = rows$subject, group = rows$group, time = rows$time, entry = rows$entry, value = rows$cnsr)
  d <- rows[rows$time > rows$entry | rows$entry == 0, ]   # who leaves at entry is never at risk
  d$event <- as.integer(d$cnsr == 0)
  is_late <- any(d$entry > 0)
  d$surv <- if (is_late) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
  for (g in 0:1) {
    fit <- survfit(surv ~ 1, d[d$group == g, ], conf.type = "log-log")
    keep <- fit$time > 0 & (fit$n.event > 0 | fit$n.censor > 0)
    add(
      plan = name, record = "curve", group = g, time = fit$time[keep], n_at_risk = fit$n.risk[keep], n_event = fit$n.event[keep],
      value = fit$surv[keep], conf_low = fit$lower[keep], conf_high = fit$upper[keep]
    )
    m <- quantile(fit, 0.5)
    stopifnot(all(diff(fit$lower) <= 1e-9, na.rm = TRUE))   # else the limit of the median is not defined
    add(plan = name, record = "median", group = g, value = m$quantile, conf_low = m$lower, conf_high = m$upper)
  }
  # survdiff takes no late entry: the score test of the exact partial likelihood is the log-rank test.
  chisq <- if (is_late) coxph(surv ~ group, d, ties = "exact")$score else survdiff(surv ~ group, d)$chisq
  add(plan = name, record = "test", value = chisq, p_value = pchisq(chisq, 1, lower.tail = FALSE))
}

out <- do.call(rbind, out)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) ifelse(is.na(x), NA, formatC(x, digits = 17, format = "g", width = -1)))
write.csv(out, "tests/oracle/relapse.csv", row.names = FALSE, quote = FALSE, na = "")
