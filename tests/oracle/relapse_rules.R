# Relapse by many rules, origins and entries: a plain loop over random subjects, base R alone.
# Run: Rscript tests/oracle/relapse_rules.R   (R 4.2.2; writes relapse_rules.csv)
set.seed(20100729)

# --- the trial: 90 random courses, days and scores in whole numbers or quarters ------------------
planned <- c(7, 14, 17, 21, 28, 35, 42, 49, 63)
subjects <- lapply(1:90, function(i) {
  baseline <- sample(26:44, 1)
  drift <- cumsum(c(0, rnorm(8, 1.5, 5)))
  score <- pmin(pmax(round(baseline * runif(1, 0.2, 0.6) + drift), 0), 50)
  cgi <- pmin(pmax(round(2 + drift / 6 + rnorm(9, 0, 0.8)), 1), 7)
  score[runif(9) < 0.12] <- NA
  cgi[runif(9) < 0.15] <- NA
  if (runif(1) < 0.3) { last <- sample(4:9, 1); score[seq(last, 9)] <- NA; cgi[seq(last, 9)] <- NA }
  list(
    baseline = baseline, day = planned + sample(c(-0.5, -0.25, 0, 0.25, 0.5), 9, replace = TRUE),
    score = score, cgi = cgi,
    infusion = c(0, 4, sample(c(9, 11, 13), 1), if (runif(1) < 0.35) sample(19:50, 1)),
    event = if (runif(1) < 0.2) sample(16:60, 1) else numeric(0)
  )
})
out <- list()
add <- function(plan, record, subject, time, value = NA, cnsr = NA, low = NA, high = NA, entry = NA, reason = NA) {
  out[[length(out) + 1]] <<- data.frame(plan, record, subject, time, value, cnsr, low, high, entry, reason)
}
for (i in seq_along(subjects)) {
  s <- subjects[[i]]
  add(NA, "subject", i, NA, s$baseline)
  for (k in 1:9) {
    if (!is.na(s$score[k])) add(NA, "score", i, s$day[k], s$score[k], entry = planned[k])
    if (!is.na(s$cgi[k])) add(NA, "cgi", i, s$day[k], s$cgi[k], entry = planned[k])
  }
  for (day in s$infusion) add(NA, "infusion", i, day)
  for (day in s$event) add(NA, "event", i, day)
}

# --- one rule: a list of ways, each with bad(s, k, entry, start) and its run ----------------------
# bad gives TRUE, FALSE or NA for visit k; NA: cannot be judged.
seen_at <- function(s, plan) if (plan$two) !is.na(s$score) | !is.na(s$cgi) else !is.na(s$score)
last_score <- function(x, s, day) { ok <- which(!is.na(x) & s$day <= day); if (length(ok)) x[max(ok)] else NA }

first_run <- function(s, plan, way, judged, start, entry) {
  hit <- NULL
  verdict <- vapply(judged, function(k) way$bad(s, k, entry, start), logical(1))
  bads <- judged[!is.na(verdict) & verdict]
  goods <- judged[!is.na(verdict) & !verdict]
  absent <- which(!seen_at(s, plan))
  walk <- function(members) {
    if (length(members) == way$needed) {
      between <- function(ks) sum(ks > members[1] & ks < members[length(members)])
      if (between(goods) > way$excursions) return()
      if (!is.null(way$missed) && between(absent) > way$missed) return()
      if (is.null(hit) || members[length(members)] < hit[length(hit)] ||
          (members[length(members)] == hit[length(hit)] && members[1] < hit[1])) hit <<- members
      return()
    }
    for (k in bads) {
      if (length(members)) {
        if (k <= members[length(members)]) next
        gap <- s$day[k] - s$day[members[length(members)]]
        if (gap < way$gap[1] || gap > way$gap[2]) next
      }
      walk(c(members, k))
    }
  }
  walk(integer(0))
  list(hit = hit, bads = bads, goods = goods)
}

look <- function(s, plan, start, stop, entry) {
  judged <- which(seen_at(s, plan) & s$day > start & s$day <= stop)
  found <- NULL                                    # date, rank of ties, low, high, reason
  bad_any <- integer(0); good_any <- integer(0); waits <- FALSE
  for (way in plan$ways) {
    r <- first_run(s, plan, way, judged, start, entry)
    bad_any <- c(bad_any, r$bads); good_any <- c(good_any, r$goods)
    if (!is.null(r$hit)) {
      first <- s$day[r$hit[1]]
      low <- max(start, s$day[r$goods[s$day[r$goods] < first]])
      date <- switch(way$dated, first = first, confirming = s$day[r$hit[length(r$hit)]], midpoint = (low + first) / 2)
      found <- rbind(found, data.frame(date, rank = 0, low, high = first, reason = "relapse"))
    } else {
      last_good <- max(start, s$day[r$goods])
      tail <- r$bads[s$day[r$bads] > last_good]
      if (length(tail)) {
        waits <- TRUE
        if (way$unconfirmed == "event") {
          found <- rbind(found, data.frame(date = s$day[tail[1]], rank = 1, low = last_good, high = s$day[tail[1]], reason = "relapse, not confirmed"))
        }
      }
    }
  }
  happened <- if (plan$events) s$event[s$event > start & s$event <= stop] else numeric(0)
  if (length(happened)) found <- rbind(found, data.frame(date = min(happened), rank = 2, low = min(happened), high = min(happened), reason = "hospitalisation"))
  free <- max(start, s$day[setdiff(good_any, bad_any)])
  list(found = found, waits = waits, free = free, judged = length(c(bad_any, good_any)) > 0)
}

enter <- function(s, plan) {
  half <- s$baseline / 2
  if (plan$among == "visit") {
    if (is.na(s$score[2])) return(list(why = "no score at d14"))
    if (s$score[2] > half) return(list(why = "no response at d14"))
    return(list(day = s$day[2]))
  }
  if (plan$among == "first") {
    if (all(is.na(s$score))) return(list(why = "no score after the first infusion"))
    met <- which(!is.na(s$score) & s$score <= half)
    if (!length(met)) return(list(why = "no response at any visit"))
    return(list(day = s$day[met[1]]))
  }
  from <- s$infusion[3]; until <- c(s$infusion, Inf)[4]          # after infusion 3, 0 to 10 days
  fits <- which(!is.na(s$score) & s$day > from & s$day <= min(until, from + 10))
  if (!length(fits)) return(list(why = "no score after infusion 3"))
  k <- if (plan$take == "last") max(fits) else min(fits)
  if (s$score[k] > half) return(list(why = "no response at infusion 3"))
  list(day = s$day[k])
}

relapse <- function(s, plan) {
  gone <- function(why) list(time = NA, cnsr = NA, low = NA, high = NA, entry = NA, reason = why)
  e <- enter(s, plan)
  if (!is.null(e$why)) return(gone(e$why))
  entry <- e$day
  met <- which(!is.na(s$score) & s$score <= s$baseline / 2)
  origin <- if (is.numeric(plan$origin)) plan$origin else switch(plan$origin,
    "last infusion" = max(s$infusion[s$infusion <= entry]), "first infusion" = 0, entry = entry,
    "criterion met" = s$day[met[1]], d21 = if (is.na(s$score[4])) NA else s$day[4])
  if (is.na(origin)) return(gone("no score at d21"))
  if (plan$needs_cgi && is.na(last_score(s$cgi, s, entry))) return(gone("no score of CGII until entry"))
  further <- s$infusion[s$infusion > entry]
  if (origin > entry) {
    before <- look(s, plan, entry, origin, entry)
    known <- before$found[before$found$rank != 1, ]
    if (!is.null(known) && nrow(known)) return(gone("relapse before the origin"))
    if (plan$redose != "ignore" && any(further <= origin)) return(gone("further infusion before the origin"))
    if (max(c(-Inf, s$day[seen_at(s, plan)], s$event)) < origin) return(gone("not seen at or after the origin"))
  }
  start <- max(entry, origin)
  limit <- origin + plan$within
  further <- further[further > start & further <= limit]
  stop_at <- if (length(further) && plan$redose != "ignore") min(further) else Inf
  seen <- look(s, plan, start, min(stop_at, limit), entry)
  found <- seen$found
  if (plan$redose == "event" && is.finite(stop_at)) found <- rbind(found, data.frame(date = stop_at, rank = 3, low = stop_at, high = stop_at, reason = "further infusion"))
  if (!is.null(found) && nrow(found)) {
    w <- found[order(found$date, found$rank), ][1, ]
    return(list(time = w$date - origin, cnsr = 0, low = w$low - origin, high = w$high - origin, entry = start - origin, reason = w$reason))
  }
  leave <- function(at, code, why) list(time = at - origin, cnsr = code, low = seen$free - origin, high = NA, entry = start - origin, reason = why)
  if (plan$redose == "competing" && is.finite(stop_at)) return(leave(stop_at, 2, "further infusion"))
  if (seen$waits) return(leave(seen$free, 1, "last assessment qualified, not confirmed"))
  later <- max(c(-Inf, s$day[seen_at(s, plan)], if (plan$events) s$event)) >= stop_at
  if (is.finite(stop_at) && later) return(leave(stop_at, 2, "further infusion"))
  leave(seen$free, 1, if (seen$judged) "end of observation" else "no score after entry")
}

# --- the plans ------------------------------------------------------------------------------------
at_least <- function(x) function(s, k, entry, start) s$score[k] >= x
cgi_at_least <- function(x) function(s, k, entry, start) s$cgi[k] >= x
below <- function(p) function(s, k, entry, start) s$baseline - s$score[k] < p * s$baseline
back_to <- function(p) function(s, k, entry, start) s$score[k] >= p * s$baseline - 1e-9
lost <- function(p) function(s, k, entry, start) { e <- last_score(s$score, s, entry); s$score[k] - e >= p * (s$baseline - e) - 1e-9 }
rise <- function(x) function(s, k, entry, start) s$score[k] - last_score(s$score, s, entry) >= x
rise_best <- function(x) function(s, k, entry, start) {
  ok <- which(!is.na(s$score) & s$day > start & seq_along(s$day) <= k)
  s$score[k] - min(last_score(s$score, s, entry), s$score[ok]) >= x
}
cgi_rise <- function(x) function(s, k, entry, start) s$cgi[k] - last_score(s$cgi, s, entry) >= x
and <- function(f, g) function(s, k, entry, start) f(s, k, entry, start) & g(s, k, entry, start)
or <- function(f, g) function(s, k, entry, start) f(s, k, entry, start) | g(s, k, entry, start)
way <- function(bad, needed = 1, gap = c(0, Inf), excursions = 0, missed = NULL, dated = "first", unconfirmed = "censor")
  list(bad = bad, needed = needed, gap = gap, excursions = excursions, missed = missed, dated = dated, unconfirmed = if (needed == 1) "" else unconfirmed)
plan <- function(..., two = FALSE, events = FALSE, within = Inf, among = "visit", take = "last", origin = "last infusion", redose = "censor", needs_cgi = FALSE)
  list(ways = list(...), two = two, events = events, within = within, among = among, take = take, origin = origin, redose = redose, needs_cgi = needs_cgi)

plans <- list(
  single = plan(way(at_least(22))),
  sustain = plan(way(at_least(22), 2, c(5, 15), dated = "confirming"), events = TRUE, redose = "event"),
  landmark_day = plan(way(at_least(22), 2, dated = "midpoint"), origin = 20, redose = "competing"),
  landmark_visit = plan(way(below(0.5)), origin = "d21", events = TRUE),
  excursion = plan(way(below(0.5), 3, excursions = 1, unconfirmed = "event"), origin = "entry", redose = "ignore"),
  excursions_gap = plan(way(at_least(18), 3, c(3, 16), excursions = 2, dated = "confirming"), origin = "first infusion", redose = "ignore"),
  unmissed = plan(way(at_least(18), 2, missed = 0), redose = "ignore"),
  one_missed = plan(way(at_least(18), 3, missed = 1, dated = "midpoint", unconfirmed = "event"), redose = "competing"),
  within = plan(way(at_least(20), 2, unconfirmed = "event"), within = 21, events = TRUE),
  return_to = plan(way(back_to(0.8)), among = "first", origin = "entry", redose = "ignore"),
  lost = plan(way(lost(0.5), 2, dated = "midpoint"), origin = "criterion met"),
  core = plan(way(and(at_least(16), rise(10)), 2, dated = "confirming"), events = TRUE, redose = "competing"),
  best = plan(way(rise_best(8)), among = "infusion", origin = "last infusion"),
  first_after = plan(way(at_least(22), 2), among = "infusion", take = "first", origin = "entry", redose = "competing"),
  riluzole = plan(way(and(at_least(18), cgi_at_least(4)), 2, c(0, 20)), two = TRUE, within = 40, redose = "ignore"),
  either = plan(way(or(at_least(24), cgi_at_least(6)), 2, unconfirmed = "event"), two = TRUE, redose = "ignore"),
  two_ways = plan(way(at_least(22), 2, dated = "confirming"), way(at_least(30)), redose = "censor"),
  two_scales = plan(way(below(0.5), 2), way(cgi_rise(2), 2, c(5, 20), dated = "confirming", unconfirmed = "event"), two = TRUE, events = TRUE, redose = "event", needs_cgi = TRUE)
)
for (name in names(plans)) for (i in seq_along(subjects)) {
  r <- relapse(subjects[[i]], plans[[name]])
  add(name, "row", i, r$time, NA, r$cnsr, r$low, r$high, r$entry, r$reason)
}
out <- do.call(rbind, out)
out$reason <- ifelse(is.na(out$reason), NA, paste0('"', out$reason, '"'))
for (column in c("time", "value", "low", "high", "entry")) out[[column]] <- ifelse(is.na(out[[column]]), NA, formatC(out[[column]], digits = 17, format = "g", width = -1))
write.csv(out, "tests/oracle/relapse_rules.csv", row.names = FALSE, quote = FALSE, na = "")
