# Response rates in R's data.table, two ways.
#
#   Rscript peer_data_table.R prepare SCORES.csv SCORES.rds
#   Rscript peer_data_table.R grouped|ungrouped SCORES.rds TINY.rds REPEATS
#
# `grouped` is how it is mostly written: keys, joins by reference, nafill() within the subject.
# `ungrouped` is the quickest that we know: subjects become numbers once, the last scored row is
# carried forward over the whole column and dropped where it belongs to another subject.

if (!requireNamespace("data.table", quietly = TRUE)) {
  cat('{"not_run": "no R package data.table"}\n')
  quit(status = 0)
}
suppressMessages(library(data.table))
setDTthreads(0) # all cores
z <- qnorm(0.975)

prepare <- function(csv, rds) {
  visits <- c("Baseline", "4 h", "24 h", "Day 3", "Day 7", "Day 14", "Day 21", "Day 28")
  arms <- c("placebo", "ketamine 0.2 mg/kg", "ketamine 0.5 mg/kg")
  scores <- fread(csv, na.strings = "", colClasses = list(character = "USUBJID", numeric = "AVAL"))
  scores[, `:=`(
    TRT01P = factor(TRT01P, arms), AVISIT = factor(AVISIT, visits),
    PARAMCD = factor(PARAMCD), ABLFL = factor(ABLFL)
  )]
  saveRDS(scores, rds, compress = FALSE)
}

baselines <- function(rows) {
  start <- rows[ABLFL == "Y" & !is.na(AVAL), .(USUBJID, TRT01P, half = AVAL / 2)]
  setkey(start, USUBJID)
  start[, subject := .I]
}

grouped <- function(scores) {
  rows <- scores[PARAMCD == "MADRS"]
  start <- baselines(rows)
  later <- rows[is.na(ABLFL), .(USUBJID, visit = as.integer(AVISIT), AVAL)]
  later[start, subject := i.subject, on = "USUBJID"]
  every <- CJ(subject = start$subject, visit = 2:8)
  every[later, AVAL := i.AVAL, on = .(subject, visit)]
  every[start, `:=`(TRT01P = i.TRT01P, half = i.half), on = "subject"]
  every[, carried := nafill(AVAL, "locf"), by = subject]
  counted(every, scores)
}

ungrouped <- function(scores) {
  rows <- scores[PARAMCD == "MADRS"]
  start <- baselines(rows)
  later <- rows[
    is.na(ABLFL),
    .(subject = chmatch(USUBJID, start$USUBJID), visit = as.integer(AVISIT), AVAL)
  ][!is.na(subject)]
  setkey(later, subject, visit)
  every <- CJ(subject = start$subject, visit = 2:8)
  every[later, AVAL := i.AVAL]
  every[, `:=`(TRT01P = start$TRT01P[subject], half = start$half[subject])]
  last <- nafill(fifelse(is.na(every$AVAL), NA_integer_, seq_len(nrow(every))), "locf")
  last[every$subject[last] != every$subject] <- NA
  every[, carried := AVAL[last]]
  counted(every, scores)
}

counted <- function(every, scores) {
  counts <- every[, .(
    n = .N, n_observed = sum(!is.na(AVAL)), n_locf = sum(!is.na(carried)),
    observed = sum(AVAL <= half, na.rm = TRUE), locf = sum(carried <= half, na.rm = TRUE)
  ), keyby = .(TRT01P, visit)]
  counts[, AVISIT := levels(scores$AVISIT)[visit]]
  rates <- rbindlist(list(
    counts[, .(TRT01P, AVISIT, missing = "observed", count = observed, n = n_observed)],
    counts[, .(TRT01P, AVISIT, missing = "locf", count = locf, n = n_locf)],
    counts[, .(TRT01P, AVISIT, missing = "nri", count = observed, n = n)]
  ))
  rates[, `:=`(count = as.numeric(count), n = as.numeric(n))] # whole numbers would overflow
  rates[, estimate := count / n]
  rates[, half := z * sqrt(count * (n - count) / n + z^2 / 4) / (n + z^2)]
  rates[, middle := (count + z^2 / 2) / (n + z^2)]
  rates[, `:=`(conf_low = middle - half, conf_high = middle + half)]
}

as_json <- function(rates) {
  rates[, paste0("[", paste(sprintf(
    '["%s","%s","%s",%.0f,%.0f,%.17g,%.17g,%.17g]',
    TRT01P, AVISIT, missing, count, n, estimate, conf_low, conf_high
  ), collapse = ","), "]")]
}

measure <- function(work, data, tiny, repeats) {
  invisible(work(tiny))
  invisible(gc(FALSE))
  has_reset <- tryCatch(
    {
      cat("5", file = "/proc/self/clear_refs")
      TRUE
    },
    error = function(e) FALSE, warning = function(w) FALSE
  )
  seconds <- numeric(repeats)
  for (i in seq_len(repeats)) {
    start <- Sys.time()
    rates <- work(data)
    seconds[i] <- as.numeric(Sys.time() - start, units = "secs")
  }
  peak <- "null"
  if (has_reset) {
    line <- grep("^VmHWM", readLines("/proc/self/status"), value = TRUE)
    peak <- sprintf("%.0f", 1024 * as.numeric(gsub("[^0-9]", "", line)))
  }
  cat(sprintf(
    '{"seconds": [%s], "peak": %s, "answer": %s}\n',
    paste(sprintf("%.6f", seconds), collapse = ","), peak, as_json(rates)
  ))
}

read <- function(path) setDT(readRDS(path))

given <- commandArgs(TRUE)
if (given[1] == "prepare") {
  prepare(given[2], given[3])
  cat("{}\n")
} else {
  work <- list(grouped = grouped, ungrouped = ungrouped)[[given[1]]]
  measure(work, read(given[2]), read(given[3]), as.integer(given[4]))
}
