# How infusions were given, in R 4.2.2, by base R and survey 4.1-1.
# Writes conduct_data.csv (one row an infusion) and conduct.csv (one row a number: data set, arm,
# infusion, measure, level, name). Run from the repository's root: Rscript tests/oracle/conduct.R

library(survey)

pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009

# Doses are in thousandths of mg/kg. A plan of 4 (ties), 6 (gaps), 8 (unbalanced) infusions.
ties <- function() {
  rows <- NULL
  for (i in 1:16) for (k in 1:4) {
    stop <- (i + k) %% 8 == 0
    rows <- rbind(rows, data.frame(
      data = "ties", id = i, arm = if (i %% 2) "placebo" else "drug", kg = 60 + i %% 3, number = k,
      start = 48 * (k - 1), length = if (stop) 20 else 40, dose = if (stop) 250 else 500,
      why = if (stop) c("anxiety", "nausea")[1 + i %% 2] else NA))
  }
  rows
}
gaps <- function() {
  rows <- NULL
  for (i in 1:30) for (k in seq_len(1 + floor(6 * pseudo(i, 1)))) {
    if (k > 1 && (i * k) %% 17 == 0) next  # an infusion left out
    p <- pseudo(i * 13 + k, 2)
    rows <- rbind(rows, data.frame(
      data = "gaps", id = i, arm = c("drug", "placebo", "active")[1 + i %% 3],
      kg = if (i %% 7 == 0) NA else round(50 + 50 * pseudo(i, 3), 1), number = k,
      start = round(c(0, 48, 96, 168, 216, 264)[k] + if (k > 1) 5 * p else 0, 2),
      length = if (p < 0.1) NA else if (p < 0.25) round(10 + 25 * p) else 40,
      dose = if (p > 0.93) NA else 100 * (3 + (k + i) %% 3),
      why = if (p >= 0.1 && p < 0.2) c("blood pressure", "request", "anxiety")[1 + (i + k) %% 3] else NA))
  }
  rows$start[rows$id == 8 & rows$number == 2] <- NA
  rows
}
unbalanced <- function() {
  rows <- NULL
  for (i in 1:23) for (k in seq_len(1 + (i * 3) %% 8)) {
    rows <- rbind(rows, data.frame(
      data = "unbalanced", id = i, arm = if (i <= 2) "placebo" else "drug",
      kg = round(45 + 60 * pseudo(i, 4), 1), number = k, start = 72 * (k - 1) + k,
      length = 100 - (i * k) %% 5 * 10, dose = 500 + 100 * ((i * k) %% 4 == 1) * k, why = NA))
  }
  rows
}
frames <- list(ties = ties(), gaps = gaps(), unbalanced = unbalanced())
plans <- list(ties = c(4, 40), gaps = c(6, 40), unbalanced = c(8, 100))

tidy <- list()
say <- function(key, measure, level, numbers) {
  for (name in names(numbers)) {
    value <- numbers[[name]]
    tidy[[length(tidy) + 1]] <<- data.frame(
      data = key[1], arm = key[2], infusion = key[3], measure = measure, level = level, name = name,
      value = if (is.na(value)) "" else format(as.numeric(value), digits = 15, trim = TRUE))
  }
}
exact <- function(count, n) {
  ends <- if (n) binom.test(count, n)$conf.int else c(NA, NA)
  list(count = count, n = n, estimate = if (n) count / n else NA, conf_low = ends[1], conf_high = ends[2])
}
clustered <- function(met, who) {
  found <- list(count = sum(met), n = length(unique(who)), n_infusions = length(met),
                estimate = mean(met), conf_low = NA, conf_high = NA)
  if (mean(met) > 0 && mean(met) < 1 && found$n > 1) {
    x <- as.numeric(met)
    design <- svydesign(ids = ~who, weights = ~1, data = data.frame(x, who))
    if (SE(svymean(~x, design))[1, 1] > 1e-12) {
      ends <- attr(svyciprop(~x, design, method = "xlogit"), "ci")
      found$conf_low <- ends[[1]]
      found$conf_high <- ends[[2]]
    }
  }
  found
}
numbers <- function(x, who, of = "infusions") {
  seen <- !is.na(x)
  y <- x[seen]
  ids <- who[seen]
  found <- list(n = length(unique(ids)), n_missing = sum(!seen), mean = if (length(y)) mean(y) else NA,
                sd = if (length(y) > 1) sd(y) else NA, conf_low = NA, conf_high = NA,
                median = if (length(y)) median(y) else NA, min = if (length(y)) min(y) else NA,
                max = if (length(y)) max(y) else NA)
  if (of == "infusions") found$n_infusions <- length(y)
  if (found$n < 2 || sd(y) == 0) return(found)
  if (found$n == length(y)) {
    ends <- t.test(y)$conf.int
  } else {
    design <- svydesign(ids = ~ids, weights = ~1, data = data.frame(y, ids))
    mean <- svymean(~y, design)
    if (SE(mean)[1, 1] <= 1e-12) return(found)
    ends <- confint(mean, df = degf(design))
  }
  found$conf_low <- ends[1]
  found$conf_high <- ends[2]
  found
}
levels_of <- function(key, measure, x, total) {
  for (level in unique(x[!is.na(x)])) {
    count <- sum(x == level, na.rm = TRUE)
    say(key, measure, level, list(count = count, estimate = count / total))
  }
}

for (name in names(frames)) {
  whole <- frames[[name]]
  plan <- plans[[name]]
  for (arm in unique(whole$arm)) {
    d <- whole[whole$arm == arm, ]
    d <- d[order(d$id, d$number), ]
    ids <- unique(d$id)
    n <- length(ids)
    all <- c(name, arm, "all")
    first <- !duplicated(d$id)
    previous <- function(x) c(x[NA_integer_], x[-length(x)])
    d$days <- ifelse(first, NA, (d$start - previous(d$start)) / 24)
    before <- previous(d$dose)
    was <- previous(d$why)
    d$step <- ifelse(first, NA, ifelse(is.na(d$dose) | is.na(before), "not recorded",
      ifelse(d$dose == before, "the same",
        ifelse(d$dose > before,
          ifelse(!is.na(was), "increased after an infusion with a reason (EXADJ)", "increased"),
          ifelse(!is.na(d$why), "reduced with a reason (EXADJ)", "reduced no reason recorded")))))
    d$mg <- d$dose / 1000 * d$kg
    per <- function(x) as.numeric(tapply(x, d$id, sum)[as.character(ids)])
    given <- per(rep(1, nrow(d)))
    for (k in seq_len(plan[1])) {
      own <- d[d$number == k, ]
      key <- c(name, arm, k)
      say(key, "given", "", exact(nrow(own), n))
      say(key, "stopped early or changed", "", exact(sum(!is.na(own$why)), nrow(own)))
      levels_of(key, "stopped early or changed", own$why, nrow(own))
      say(key, "length", "", numbers(own$length, own$id))
      say(key, "dose", "", numbers(own$dose / 1000, own$id))
      later <- own[!is.na(own$step), ]
      if (k > 1) say(key, "days since the infusion before", "", numbers(later$days, later$id))
      if (k < plan[1]) {
        last <- tapply(d$number, d$id, max)
        say(key, "last infusion", "", exact(sum(last == k), n))
      }
    }
    say(all, "infusions a subject", "", numbers(given, ids, "subjects"))
    say(all, "all planned infusions", "", exact(sum(given >= plan[1]), n))
    say(all, "share of planned infusions", "", numbers(given / plan[1], ids, "subjects"))
    ever <- tapply(!is.na(d$why), d$id, any)
    say(all, "stopped early or changed, ever", "", exact(sum(ever), n))
    say(all, "stopped early or changed", "", clustered(!is.na(d$why), d$id))
    levels_of(all, "stopped early or changed", d$why, nrow(d))
    say(all, "length", "", numbers(d$length, d$id))
    say(all, "total length", "", numbers(per(d$length), ids, "subjects"))
    known <- d[!is.na(d$length), ]
    say(all, "shorter than planned", "", clustered(known$length < plan[2], known$id))
    short <- known[known$length < plan[2], ]
    levels_of(all, "shorter than planned", ifelse(is.na(short$why), "no reason recorded", short$why), nrow(known))
    say(all, "length, share of plan", "", numbers(d$length / plan[2], d$id))
    say(all, "dose", "", numbers(d$dose / 1000, d$id))
    say(all, "total dose", "", numbers(per(d$dose) / 1000, ids, "subjects"))
    say(all, "dose, share of plan", "", numbers(d$dose / 500, d$id))
    say(all, "dose in mg", "", numbers(d$mg, d$id))
    say(all, "total dose in mg", "", numbers(per(d$mg), ids, "subjects"))
    levels_of(all, "dose, step", d$step, sum(!is.na(d$step)))
    later <- d[!is.na(d$step), ]
    say(all, "days since the infusion before", "", numbers(later$days, later$id))
    spans <- sapply(ids, function(id) (tail(d$start[d$id == id], 1) - d$start[d$id == id][1]) / 24)
    say(all, "days from first to last", "", numbers(spans, ids, "subjects"))
  }
}
whole <- do.call(rbind, frames)
write.csv(whole, "tests/oracle/conduct_data.csv", row.names = FALSE, quote = FALSE, na = "")
out <- do.call(rbind, tidy)
out$measure <- gsub(",", ";", out$measure)
write.csv(out, "tests/oracle/conduct.csv", row.names = FALSE, quote = FALSE)
