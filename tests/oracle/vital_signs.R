# Vital signs at infusions in R 4.2.2, from raw readings, by base R and survey 4.1-1.
# Writes vital_readings.csv (the readings), vital_infusions.csv (the infusions) and
# vital_signs.csv (one row a number: data set, arm, parameter or threshold, infusion, what, name).
# Run from the repository's root: Rscript tests/oracle/vital_signs.R

library(survey)

pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009

# Readings are in tenths (SYSBP 1205 is 120.5), so that every comparison is one of whole numbers.
reading <- function(data, id, number, sign, unit, minutes, tenths, point) {
  data.frame(data = data, id = id, number = number, sign = sign, unit = unit, minutes = minutes,
             tenths = tenths, point = point)
}
infusion <- function(data, id, arm, number, start, length) {
  data.frame(data = data, id = id, arm = arm, number = number, start = start, length = length)
}

# Two arms of 8, two infusions, whole values in steps of 10: ties of the peak and of the margin.
ties <- function() {
  read <- given <- NULL
  at <- c(-15, 10, 20, 40, 60, 90)
  for (i in 1:16) for (k in 1:2) {
    arm <- if (i %% 2) "placebo" else "drug"
    given <- rbind(given, infusion("ties", i, arm, k, 48 * (k - 1), 40))
    rise <- if (arm == "drug") c(0, 1, 2, 4, 2, 1) else c(0, 0, 1, 1, 0, 0)
    level <- 11 + floor(4 * pseudo(i, k)) + floor(rise * (0.5 + pseudo(i * 3 + k, 5)))
    read <- rbind(read, reading("ties", i, k, "SYSBP", "mmHg", at, 100 * level, at))
  }
  list(read, given)
}

# Three arms, up to three infusions, two signs: readings missing, none before, none after, readings
# without a time or outside the infusions, infusions without any reading, two readings before.
gaps <- function() {
  read <- given <- NULL
  at <- c(-40, -10, 0, 15, 30, 45, 60, 120)
  for (i in 1:33) for (k in seq_len(1 + floor(3 * pseudo(i, 1)))) {
    arm <- c("placebo", "drug", "drug", "active")[1 + i %% 4]
    given <- rbind(given, infusion("gaps", i, arm, k, c(0, 50.5, 168)[k], 20 + floor(30 * pseudo(i, 20 + k))))
    if ((i * 10 + k) %% 29 == 0) next
    for (sign in c("SYSBP", "SPO2")) {
      base <- if (sign == "SYSBP") 1000 + 500 * pseudo(i, 2) else 950 + 40 * pseudo(i, 3)
      move <- if (sign == "SYSBP") c(0, 0, 0, 80, 160, 240, 120, 40) else -c(0, 0, 0, 10, 20, 20, 10, 0)
      part <- if (arm == "placebo") 0.2 else 0.4 + pseudo(i * 7 + k, 4)
      step <- if (sign == "SYSBP") 10 else 1
      tenths <- step * round((base + part * move + 30 * (pseudo(i * 31 + k * 7 + 1:8, 5) - 0.5) *
        (sign == "SYSBP") + 8 * (pseudo(i * 37 + k * 5 + 1:8, 6) - 0.5)) / step)
      tenths <- pmin(tenths, if (sign == "SPO2") 1000 else 9999)
      keep <- pseudo(i * 13 + k * 3 + 1:8 + (sign == "SPO2") * 50, 7)
      tenths[keep < 0.12] <- NA
      if ((i + k) %% 11 == 0) tenths[1:3] <- NA
      if ((i + k) %% 13 == 0) tenths[4:8] <- NA
      minutes <- at
      minutes[keep > 0.985] <- NA
      number <- rep(k, 8)
      number[8] <- if (i == 5) NA else k
      unit <- if (sign == "SYSBP") "mmHg" else "%"
      read <- rbind(read, reading("gaps", i, number, sign, unit, minutes, tenths, at))
    }
  }
  list(read, given)
}

# Arms of 3 and 22, one to six infusions, kPa with one decimal, readings at times of their own.
unbalanced <- function() {
  read <- given <- NULL
  for (i in 1:25) for (k in seq_len(1 + (i * 5) %% 6)) {
    arm <- if (i <= 3) "placebo" else "drug"
    given <- rbind(given, infusion("unbalanced", i, arm, k, 72 * (k - 1), 40))
    at <- c(-20, 5, 25, 45, 75, 110) + floor(9 * pseudo(i * 11 + k + 1:6, 8))
    tenths <- round(95 + 35 * pseudo(i, 9) + c(0, 9, 18, 27, 14, 6) * (0.3 + 1.2 * pseudo(i * 17 + k, 10)) *
      (arm == "drug") + 8 * pseudo(i * 19 + k * 2 + 1:6, 11))
    read <- rbind(read, reading("unbalanced", i, k, "DIABP", "kPa", at, tenths, 1:6))
  }
  list(read, given)
}

plans <- list(
  ties = list(pre = 60, until = Inf, margin = c(SYSBP = 100)),
  gaps = list(pre = 30, until = 60, margin = c(SYSBP = 100, SPO2 = 10)),
  unbalanced = list(pre = 60, until = Inf, margin = c(DIABP = 7))
)
worst <- c(SYSBP = 1, DIABP = 1, SPO2 = -1)
# Each threshold: the parts of which any is crossed; in tenths.
level <- function(sign, compare) list(sign = sign, change = FALSE, compare = compare)
change <- function(sign, compare) list(sign = sign, change = TRUE, compare = compare)
thresholds <- list(
  ties = list(at_least_150 = list(level("SYSBP", function(x) x >= 1500)),
              rise_at_least_20 = list(change("SYSBP", function(x) x >= 200)),
              rise_above_20 = list(change("SYSBP", function(x) x > 200)),
              at_least_500 = list(level("SYSBP", function(x) x >= 5000))),
  gaps = list(above_150 = list(level("SYSBP", function(x) x > 1500)),
              below_95 = list(level("SPO2", function(x) x < 950)),
              fall_at_least_2 = list(change("SPO2", function(x) -x >= 20)),
              any = list(change("SYSBP", function(x) x >= 200), level("SPO2", function(x) x < 950))),
  unbalanced = list(at_least_13.3 = list(level("DIABP", function(x) x >= 133)),
                    rise_above_2 = list(change("DIABP", function(x) x > 20)))
)

course_of <- function(read, plan, sign) {
  known <- read[!is.na(read$tenths) & !is.na(read$minutes) & read$minutes <= plan$until, ]
  known <- known[order(known$minutes), ]
  before <- known[known$minutes <= 0 & known$minutes >= -plan$pre, ]
  after <- known[known$minutes > 0, ]
  bad <- worst[[sign]] * after$tenths
  first <- if (nrow(after)) which(bad == max(bad))[1] else NA
  one <- list(pre = if (nrow(before)) tail(before$tenths, 1) else NA, after = after,
              peak = after$tenths[first], at = after$minutes[first])
  one$change <- one$peak - one$pre
  one
}

# Seen to return: minute, NA (not seen), or -1 (never left the margin); NULL where not judged.
way_back <- function(one, sign, margin, stays) {
  if (is.na(one$change)) return(NULL)
  out <- worst[[sign]] * (one$after$tenths - one$pre) > margin
  if (!any(out)) return(-1)
  at <- one$after$minutes
  back <- if (stays) at[at > max(at[out])] else at[at > one$at & !out]
  if (length(back)) min(back) else NA
}

tidy <- list()
put <- function(...) tidy[[length(tidy) + 1]] <<- data.frame(...)
say <- function(key, what, numbers) {
  for (name in names(numbers)) {
    value <- numbers[[name]]
    text <- if (is.na(value)) "" else format(value, digits = 15, trim = TRUE)
    put(data = key[1], arm = key[2], of = key[3], infusion = key[4], what = what, name = name, value = text)
  }
}

summary_of <- function(values, ids) {
  seen <- !is.na(values)
  x <- values[seen]
  who <- ids[seen]
  found <- list(n = length(unique(who)), n_infusions = length(x), n_missing = sum(!seen),
                mean = if (length(x)) mean(x) else NA, sd = if (length(x) > 1) sd(x) else NA,
                std_error = NA, conf_low = NA, conf_high = NA,
                median = if (length(x)) median(x) else NA, min = if (length(x)) min(x) else NA,
                max = if (length(x)) max(x) else NA)
  if (found$n < 2) return(found)
  if (found$n == length(x)) {
    found$std_error <- sd(x) / sqrt(length(x))
    ends <- if (sd(x) > 0) t.test(x)$conf.int else c(NA, NA)
  } else {
    design <- svydesign(ids = ~who, weights = ~1, data = data.frame(x, who))
    mean <- svymean(~x, design)
    found$std_error <- SE(mean)[1, 1]
    ends <- if (found$std_error > 1e-12) confint(mean, df = degf(design)) else c(NA, NA)
  }
  found$conf_low <- ends[1]
  found$conf_high <- ends[2]
  found
}

for (name in names(plans)) {
  made <- get(name)()
  plan <- plans[[name]]
  read <- made[[1]]
  given <- made[[2]]
  signs <- names(plan$margin)
  ones <- list()
  for (sign in signs) for (r in seq_len(nrow(given))) {
    own <- read[read$sign == sign & read$id == given$id[r] & read$number %in% given$number[r], ]
    ones[[sign]][[r]] <- course_of(own, plan, sign)
  }
  for (arm in unique(given$arm)) for (which in c(sort(unique(given$number)), 0)) {
    rows <- which(given$arm == arm & (which == 0 | given$number == which))
    if (!length(rows)) next
    ids <- given$id[rows]
    label <- if (which == 0) "all" else as.character(which)
    for (sign in signs) {
      key <- c(name, arm, sign, label)
      these <- ones[[sign]][rows]
      pick <- function(field) as.numeric(sapply(these, function(one) one[[field]]))
      say(key, "before", summary_of(pick("pre") / 10, ids))
      say(key, "peak", summary_of(pick("peak") / 10, ids))
      say(key, "change", summary_of(pick("change") / 10, ids))
      say(key, "time of peak", summary_of(pick("at"), ids))
      for (stays in c(TRUE, FALSE)) {
        back <- lapply(these, way_back, sign = sign, margin = plan$margin[[sign]], stays = stays)
        judged <- unlist(back)
        left <- judged[is.na(judged) | judged >= 0]
        seen <- left[!is.na(left)]
        ends <- sapply(these[sapply(back, function(b) !is.null(b) && is.na(b))],
                       function(one) max(one$after$minutes))
        middle <- if (length(left)) median(ifelse(is.na(left), Inf, left)) else NA
        if (is.nan(middle) || is.infinite(middle) || (length(ends) && any(ends < middle))) middle <- NA
        say(key, if (stays) "returns; stays" else "returns", list(
          n_infusions = length(judged), n_missing = length(back) - length(judged),
          n_stayed = sum(judged == -1, na.rm = TRUE), n_returned = length(seen),
          n_not_returned = sum(is.na(judged)), median = middle,
          min = if (length(seen)) min(seen) else NA, max = if (length(seen)) max(seen) else NA))
      }
      for (point in sort(unique(read$point[read$sign == sign]))) {
        at <- read[read$sign == sign & read$point == point & !is.na(read$tenths) &
                     !is.na(read$minutes) & read$minutes <= plan$until, ]
        found <- match(paste(ids, given$number[rows]), paste(at$id, at$number))
        numbers <- summary_of(at$tenths[found] / 10, ids)
        minutes <- at$minutes[found]
        numbers$minutes <- if (all(is.na(minutes))) NA else median(minutes, na.rm = TRUE)
        if (any(!is.na(at$tenths))) say(key, paste("point", point), numbers)
      }
    }
    for (threshold in names(thresholds[[name]])) {
      parts <- thresholds[[name]][[threshold]]
      met <- sapply(rows, function(r) {
        known <- sapply(parts, function(part) {
          one <- ones[[part$sign]][[r]]
          if (!nrow(one$after) || (part$change && is.na(one$pre))) return(NA)
          any(part$compare(one$after$tenths - if (part$change) one$pre else 0))
        })
        if (any(known, na.rm = TRUE)) TRUE else if (anyNA(known)) NA else FALSE
      })
      key <- c(name, arm, threshold, label)
      ever <- tapply(met, ids, function(m) if (all(is.na(m))) NA else any(m, na.rm = TRUE))
      n <- sum(!is.na(ever))
      ends <- if (n) binom.test(sum(ever, na.rm = TRUE), n)$conf.int else c(NA, NA)
      say(key, "subjects", list(count = sum(ever, na.rm = TRUE), n = n, n_missing = sum(is.na(ever)),
                                estimate = if (n) sum(ever, na.rm = TRUE) / n else NA,
                                conf_low = ends[1], conf_high = ends[2]))
      if (which == 0) {
        x <- as.numeric(met[!is.na(met)])
        who <- ids[!is.na(met)]
        found <- list(count = sum(x), n = length(x), n_missing = sum(is.na(met)), estimate = mean(x),
                      conf_low = NA, conf_high = NA)
        if (mean(x) > 0 && mean(x) < 1) {
          design <- svydesign(ids = ~who, weights = ~1, data = data.frame(x, who))
          ends <- attr(svyciprop(~x, design, method = "xlogit"), "ci")
          found$conf_low <- ends[[1]]
          found$conf_high <- ends[[2]]
        }
        say(key, "infusions", found)
      }
    }
  }
  first <- name == names(plans)[1]
  write.table(read, "tests/oracle/vital_readings.csv", sep = ",", row.names = FALSE, quote = FALSE,
              na = "", append = !first, col.names = first)
  write.table(given, "tests/oracle/vital_infusions.csv", sep = ",", row.names = FALSE, quote = FALSE,
              na = "", append = !first, col.names = first)
}
write.csv(do.call(rbind, tidy), "tests/oracle/vital_signs.csv", row.names = FALSE, quote = FALSE)
