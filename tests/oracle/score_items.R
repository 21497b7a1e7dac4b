# Scores from items, by psych::scoreItems (sums, reversals, subscales, prorating by the mean of the
# others) and by base R (domain maxima, subtraction, shares of possible points).
# Run: Rscript tests/oracle/score_items.R   (writes score_items.csv beside it; R 4.2.2, psych 2.2.9)
suppressPackageStartupMessages(library(psych))
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
options(digits = 15)

# Answers from a fixed congruential generator, so that no random seed of R is involved.
state <- 20240501
draw <- function(n, low, high) {
  vapply(seq_len(n), function(i) {
    state <<- (1103515245 * (state %% 65536) + 12345 * state) %% 2147483648
    low + floor((high - low + 1) * (state / 2147483648))
  }, numeric(1))
}
answers <- function(n, low, high, k) {
  low <- rep_len(low, k); high <- rep_len(high, k)
  out <- sapply(seq_len(k), function(j) draw(n, low[j], high[j]))
  colnames(out) <- seq_len(k)
  out
}
with_gaps <- function(x, rows, cols) { x[cbind(rows, cols)] <- NA; x }

out <- data.frame()
keep <- function(scale, kind, id, item, value, by) {
  out <<- rbind(out, data.frame(scale, kind, id, item, value = value, by))
}
record <- function(scale, x) for (i in seq_len(nrow(x))) for (j in seq_len(ncol(x)))
  keep(scale, "answer", i, as.integer(colnames(x)[j]), x[i, j], "")
score <- function(scale, s, by) for (i in seq_along(s)) keep(scale, "score", i, NA, s[i], by)

# psych::scoreItems gives the mean of the answered items; a reversed item is min + max - answer.
by_psych <- function(x, items, reversed, low, high) {
  frame <- as.data.frame(x); names(frame) <- paste0("i", colnames(x))
  key <- list(s = paste0(ifelse(items %in% reversed, "-", ""), "i", items))
  found <- suppressWarnings(scoreItems(
    key, frame, totals = FALSE, impute = "none", missing = TRUE, min = low, max = high))
  length(items) * as.vector(found$scores)  # its totals would count missing items as 0
}
complete_only <- function(s, x, items) ifelse(
  rowSums(is.na(x[, as.character(items), drop = FALSE])) > 0, NA, s)

n <- 12
# STAI-S: twenty items of 1 to 4, ten reversed.
stai <- answers(n, 1, 4, 20)
record("STAIS", stai)
score("STAIS", by_psych(stai, 1:20, c(1, 2, 5, 8, 10, 11, 15, 16, 19, 20), 1, 4), "psych")

# PHQ-9: up to two items missing, the mean of the others times nine; three or more: none.
phq <- with_gaps(answers(n, 0, 3, 9), c(2, 3, 3, 4, 4, 4, 5), c(9, 1, 4, 2, 3, 7, 5))
record("PHQ9", phq)
few <- rowSums(is.na(phq)) <= 2
score("PHQ9", ifelse(few, by_psych(phq, 1:9, integer(0), 0, 3), NA), "psych")

# MADRS: one item missing is made up for, two are not.
madrs <- with_gaps(answers(n, 0, 6, 10), c(1, 6, 6, 7), c(4, 4, 5, 10))
record("MADRS", madrs)
score("MADRS", ifelse(rowSums(is.na(madrs)) <= 1, 10 * rowMeans(madrs, na.rm = TRUE), NA), "base")

# HAM-A with its two subscales, never prorated.
hama <- with_gaps(answers(n, 0, 4, 14), c(5), c(9))
record("HAMA", hama)
psychic <- c(1:6, 14); somatic <- 7:13
score("HAMA", complete_only(by_psych(hama, 1:14, integer(0), 0, 4), hama, 1:14), "psych")
score("HAMA_PSY", complete_only(by_psych(hama, psychic, integer(0), 0, 4), hama, psychic), "psych")
score("HAMA_SOM", complete_only(by_psych(hama, somatic, integer(0), 0, 4), hama, somatic), "psych")

# HAM-D17 with up to three items missing: the others' share of their possible points.
top <- c(4, 4, 4, 2, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 4, 2, 2)
hamd <- with_gaps(answers(n, 0, top, 17), c(2, 3, 3, 4, 4, 4), c(4, 1, 17, 2, 5, 11))
record("HAMD17", hamd)
possible <- rowSums(t(top * t(!is.na(hamd))))
score("HAMD17", ifelse(rowSums(is.na(hamd)) == 0, rowSums(hamd),
                       rowSums(hamd, na.rm = TRUE) / possible * sum(top)), "base")

# QIDS-SR16: nine domains, the highest of the answered items of each.
qids <- with_gaps(answers(n, 0, 3, 16), c(1, 2, 2, 3, 4, 4), c(1, 6, 7, 5, 15, 16))
record("QIDSSR16", qids)
domains <- list(1:4, 5, 6:9, 10, 11, 12, 13, 14, 15:16)
highest <- function(x) if (all(is.na(x))) NA else max(x, na.rm = TRUE)
per <- sapply(domains, function(d) apply(qids[, d, drop = FALSE], 1, highest))
score("QIDSSR16", rowSums(per), "base")

# IDS-SR30: one of items 11 and 12, one of 13 and 14; the higher where both are answered.
ids <- answers(n, 0, 3, 30)
ids[1:5, 11] <- NA; ids[6:10, 12] <- NA; ids[c(2, 4, 6), 13] <- NA; ids[c(1, 3, 8), 14] <- NA
record("IDSSR30", ids)
eleven <- pmax(ids[, 11], ids[, 12], na.rm = TRUE)
thirteen <- pmax(ids[, 13], ids[, 14], na.rm = TRUE)
score("IDSSR30", rowSums(ids[, c(1:10, 15:30)]) + eleven + thirteen, "base")

# CADSS with its three subscales.
cadss <- answers(n, 0, 4, 23)
record("CADSS", cadss)
score("CADSS", by_psych(cadss, 1:23, integer(0), 0, 4), "psych")
score("CADSS_DEPERS", by_psych(cadss, c(3:7, 20, 23), integer(0), 0, 4), "psych")
score("CADSS_DEREAL", by_psych(cadss, c(1, 2, 8:13, 16:19, 21), integer(0), 0, 4), "psych")
score("CADSS_AMNES", by_psych(cadss, c(14, 15, 22), integer(0), 0, 4), "psych")

# POMS: five subscales added, vigour subtracted, items 22 and 54 reversed.
poms <- answers(n, 0, 4, 65)
record("POMS", poms)
parts <- list(TEN = c(2, 10, 16, 20, 22, 26, 27, 34, 41),
  DEP = c(5, 9, 14, 18, 21, 23, 32, 35, 36, 44, 45, 48, 58, 61, 62),
  ANG = c(3, 12, 17, 24, 31, 33, 39, 42, 47, 52, 53, 57),
  VIG = c(7, 15, 19, 38, 51, 56, 60, 63), FAT = c(4, 11, 29, 40, 46, 49, 65),
  CON = c(8, 28, 37, 50, 54, 59, 64))
subs <- sapply(parts, function(p) by_psych(poms, p, c(22, 54), 0, 4))
for (name in names(parts)) score(paste0("POMS_", name), subs[, name], "psych")
score("POMS", rowSums(subs[, c("TEN", "DEP", "ANG", "FAT", "CON")]) - subs[, "VIG"], "psych")

# 11-ASC anxiety: the mean of six visual analogue items.
asc <- answers(n, 0, 1000, 6) / 10
record("ASC_ANX", asc)
score("ASC_ANX", rowMeans(asc), "base")

out$value <- ifelse(is.na(out$value), "", sapply(out$value, format, digits = 15))
out$item <- ifelse(is.na(out$item), "", out$item)
write.csv(out, file.path(here, "score_items.csv"), row.names = FALSE, quote = FALSE)
