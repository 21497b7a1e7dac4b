# Who was scored when, who left, and a flow of subjects, counted in base R 4.2.2.
# Writes disposition.csv (the data are in the rows "seen" and "adsl"), and reads nothing.
# Run from the repository's root: Rscript tests/oracle/disposition.R
i <- 1:30
visits <- c("v0", "v1", "v2", "v3", "v4")
rows <- list()
add <- function(dataset, record, subject = "", group = "", visit = "", name = "", value = "") {
  rows[[length(rows) + 1]] <<- data.frame(dataset, record, subject, group, visit, name, value)
}

# Shape (subjects, visits): TRUE where there is a score.
made <- matrix(TRUE, 30, 5, dimnames = list(sprintf("S%02d", i), visits))
made[i %% 4 == 1, 5] <- FALSE # not at the end
made[i %% 8 == 1, 4] <- FALSE # and not before it
made[i %% 7 == 3, 2] <- FALSE # one visit missed
made[i %% 11 == 5, 3] <- FALSE
made[17, ] <- FALSE # never scored: stays in the trial
chicks <- with(ChickWeight, table(Chick, Time)) > 0
diet <- with(ChickWeight, tapply(as.character(Diet), Chick, `[`, 1))
sets <- list(
  made = list(seen = made, group = ifelse(i %% 3 == 0, "B", "A")),
  # R's own: chicks weighed over three weeks; those that died have no later weight
  chicks = list(seen = chicks, group = unname(diet[rownames(chicks)])),
  one_visit = list(
    seen = matrix(c(TRUE, FALSE, TRUE), 3, 1, dimnames = list(c("a", "b", "c"), "only")),
    group = c("A", "A", "B")
  )
)
for (name in names(sets)) {
  seen <- sets[[name]]$seen
  group <- sets[[name]]$group
  for (s in seq_len(nrow(seen))) for (v in seq_len(ncol(seen))) {
    add(name, "seen", rownames(seen)[s], group[s], colnames(seen)[v], "scored", seen[s, v] + 0)
  }
  last <- apply(seen, 1, function(x) if (any(x)) max(which(x)) else 0)
  for (g in sort(unique(group))) {
    mine <- group == g
    for (v in seq_len(ncol(seen))) {
      now <- seen[mine, v]
      end <- last[mine]
      counts <- c(
        total = sum(mine), n_scored = sum(now), n_intermittent = sum(!now & end > v),
        n_left = sum(end > 0 & end < v), n_never = sum(end == 0), n_last = sum(end == v)
      )
      for (what in names(counts)) add(name, "dropout", "", g, colnames(seen)[v], what, counts[[what]])
    }
    pattern <- apply(seen[mine, , drop = FALSE], 1, function(x) paste(ifelse(x, "X", "."), collapse = ""))
    tally <- table(pattern)
    for (p in names(tally)) add(name, "pattern", "", g, "", p, tally[[p]])
  }
}

# A flow: 40 screened, some not randomised, some not treated, some who left.
k <- 1:40
adsl <- data.frame(
  USUBJID = sprintf("P%02d", k),
  RANDFL = ifelse(k %% 10 == 0, "N", "Y"),
  DCSCREEN = ifelse(k %% 10 == 0, ifelse(k %% 20 == 0, "SCREEN FAILURE", "WITHDRAWAL BY SUBJECT"), ""),
  TRT01P = ifelse(k %% 10 == 0, "", ifelse(k %% 2 == 0, "drug", "placebo"))
)
adsl$SAFFL <- ifelse(adsl$RANDFL == "N" | k %% 13 == 0, "N", "Y")
adsl$ITTFL <- adsl$RANDFL
adsl$PPROTFL <- ifelse(adsl$SAFFL == "Y" & k %% 6 != 1, "Y", "N")
adsl$EOSSTT <- ifelse(
  adsl$RANDFL == "N", "", ifelse(k %% 7 == 2, "DISCONTINUED", ifelse(k %% 9 == 4, "ONGOING", "COMPLETED"))
)
adsl$EOSSTT[adsl$SAFFL == "N" & adsl$RANDFL == "Y"] <- "DISCONTINUED"
adsl$DCSREAS <- ifelse(adsl$EOSSTT == "DISCONTINUED", ifelse(k %% 3 == 0, "ADVERSE EVENT", "LACK OF EFFICACY"), "")
adsl$DCSREAS[9] <- "" # left, and nobody wrote why
for (s in k) for (column in names(adsl)[-1]) add("flow", "adsl", adsl$USUBJID[s], "", "", column, adsl[s, column])

count <- function(group, stage, reason, who) add("flow", "flow", "", group, stage, reason, sum(who))
rand <- adsl$RANDFL == "Y"
count("", "screened", "reached", rep(TRUE, 40))
count("", "randomised", "reached", rand)
for (r in unique(adsl$DCSCREEN[!rand])) count("", "randomised", r, !rand & adsl$DCSCREEN == r)
for (g in c("", "placebo", "drug")) {
  mine <- rand & (g == "" | adsl$TRT01P == g)
  if (g != "") count(g, "randomised", "reached", mine)
  count(g, "treated", "reached", mine & adsl$SAFFL == "Y")
  why <- ifelse(adsl$DCSREAS == "", "reason not recorded", adsl$DCSREAS)
  out <- rand & adsl$SAFFL != "Y"
  for (r in unique(why[out])) count(g, "treated", r, mine & out & why == r)
  done <- adsl$EOSSTT == "COMPLETED"
  why <- ifelse(adsl$EOSSTT == "ONGOING", "ongoing", why)
  count(g, "completed the study", "reached", mine & done)
  for (r in unique(why[rand & !done])) count(g, "completed the study", r, mine & !done & why == r)
  count(g, "analysed: intention-to-treat", "reached", mine & adsl$ITTFL == "Y")
  count(g, "analysed: per protocol", "reached", mine & adsl$PPROTFL == "Y")
  count(g, "analysed: per protocol", "reason not recorded", mine & adsl$PPROTFL != "Y")
}
out <- do.call(rbind, rows)
write.csv(out, "tests/oracle/disposition.csv", row.names = FALSE, quote = FALSE)
