# Relapse rows in R's data.table, two ways.
#
#   Rscript peer_data_table_relapse.R prepare FOLDER
#   Rscript peer_data_table_relapse.R grouped|ungrouped FOLDER TINY REPEATS
#
# `grouped` is how it is mostly written: keys, shift() and the first row within the subject.
# `ungrouped` is the quickest that we know: subjects become numbers once, shift() runs over the
# whole column and is dropped where the next row is of another subject.

if (!requireNamespace("data.table", quietly = TRUE)) {
  cat('{"not_run": "no R package data.table"}\n')
  quit(status = 0)
}
suppressMessages(library(data.table))
setDTthreads(0) # all cores

prepare <- function(folder) {
  visits <- c("Baseline", "Day 7", "Day 14", "Day 21", "Day 28", "Day 42", "Day 56", "Day 84")
  scores <- fread(file.path(folder, "scores.csv"), na.strings = "")
  scores[, `:=`(AVISIT = factor(AVISIT, visits), ABLFL = factor(ABLFL))]
  infusions <- fread(file.path(folder, "infusions.csv"))
  saveRDS(list(scores, infusions), file.path(folder, "data.rds"), compress = FALSE)
}

grouped <- function(data) {
  scores <- data[[1]]
  infusions <- data[[2]]
  start <- scores[ABLFL == "Y", .(USUBJID, half = AVAL / 2)]
  entered <- scores[AVISIT == "Day 14"][start, on = "USUBJID", nomatch = NULL][AVAL <= half, .(USUBJID, entry = AFRLT)]
  last <- infusions[entered, on = "USUBJID", nomatch = NULL][AFRLT <= entry, .(last = max(AFRLT)), by = .(USUBJID, entry)]
  later <- scores[last, on = "USUBJID", nomatch = NULL][AFRLT > entry & !is.na(AVAL)]
  setkey(later, USUBJID, AFRLT)
  later[, bad := AVAL >= 22]
  later[, hit := bad & shift(bad, -1L, fill = FALSE), by = USUBJID]
  relapse <- later[hit == TRUE, .(relapse = AFRLT[1L]), by = USUBJID]
  free <- later[bad == FALSE, .(free = AFRLT[.N]), by = USUBJID]
  last[relapse, relapse := i.relapse, on = "USUBJID"]
  last[free, free := i.free, on = "USUBJID"]
  told(last)
}

ungrouped <- function(data) {
  scores <- data[[1]]
  infusions <- data[[2]]
  start <- scores[ABLFL == "Y", .(USUBJID, half = AVAL / 2)]
  rows <- data.table(subject = chmatch(scores$USUBJID, start$USUBJID), visit = as.integer(scores$AVISIT), time = scores$AFRLT, score = scores$AVAL)
  entry <- rep(NA_real_, nrow(start))
  own <- rows[visit == 3L]
  own <- own[score <= start$half[subject]]
  entry[own$subject] <- own$time
  given <- data.table(subject = chmatch(infusions$USUBJID, start$USUBJID), time = infusions$AFRLT)
  given <- given[time <= entry[subject]]
  setorder(given, subject, time)
  last <- rep(NA_real_, nrow(start))
  last[given$subject] <- given$time
  later <- rows[time > entry[subject] & !is.na(score)]
  setorder(later, subject, time)
  later[, bad := score >= 22]
  later[, hit := bad & shift(bad, -1L, fill = FALSE) & shift(subject, -1L, fill = 0L) == subject]
  relapse <- free <- rep(NA_real_, nrow(start))
  hits <- later[hit == TRUE]
  relapse[rev(hits$subject)] <- rev(hits$time)
  good <- later[bad == FALSE]
  free[good$subject] <- good$time
  told(data.table(entry, last, relapse, free)[!is.na(entry) & !is.na(last)])
}

told <- function(rows) {
  rows[, time := (fcoalesce(relapse, free, entry) - last) / 24]
  event <- !is.na(rows$relapse)
  c(nrow(rows), sum(event), sum(rows$time[event]), sum(rows$time[!event]))
}

given <- commandArgs(TRUE)
if (given[1] == "prepare") {
  prepare(given[2])
  cat("{}\n")
} else {
  work <- list(grouped = grouped, ungrouped = ungrouped)[[given[1]]]
  data <- lapply(readRDS(file.path(given[2], "data.rds")), setDT)
  invisible(work(lapply(readRDS(file.path(given[3], "data.rds")), setDT)))
  seconds <- numeric(as.integer(given[4]))
  for (i in seq_along(seconds)) {
    invisible(gc(FALSE))
    from <- Sys.time()
    answer <- work(data)
    seconds[i] <- as.numeric(Sys.time() - from, units = "secs")
  }
  cat(sprintf('{"seconds": [%s], "peak": null, "answer": [%s]}\n', paste(sprintf("%.6f", seconds), collapse = ","), paste(sprintf("%.17g", answer), collapse = ",")))
}
