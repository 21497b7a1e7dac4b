# Cumulative incidence of competing causes, its variances and intervals, and Gray's test, by R's
# survival and cmprsk, with the data they come from.
# Run: Rscript tests/oracle/cumulative_incidence.R
# (R 4.2.2, survival 3.5-3, cmprsk 2.2-11, boot 1.3, KMsurv 0.1-5; writes cumulative_incidence_data.csv,
#  cumulative_incidence.csv and gray_test.csv)
suppressMessages({library(survival); library(cmprsk)})
data(bmt, package = "KMsurv")

i <- 1:90
made <- function(time, cause, group = 1, stratum = 1, entry = 0)
  data.frame(time = time, cause = cause, group = group, stratum = stratum, entry = entry)

pbc_tried <- subset(pbc, !is.na(trt))
data_sets <- list(
  mgus2 = with(mgus2, made(
    ifelse(pstat == 1, ptime, futime), ifelse(pstat == 1, 1, ifelse(death == 1, 2, 0)),
    ifelse(sex == "F", 1, 2), ifelse(age < 70, 1, 2)
  )),
  pbc = with(pbc_tried, made(time, c(0, 2, 1)[status + 1], trt, ifelse(sex == "f", 1, 2))),
  melanoma = with(boot::melanoma, made(time, c(1, 0, 2)[status], ulcer + 1, sex + 1)),
  # Liver transplants, deaths and withdrawals from a waiting list, some on the day of listing.
  transplant = with(subset(transplant, !is.na(futime)), made(
    futime, c(0, 2, 1, 3)[as.integer(event)], ifelse(abo == "O", 1, 2), ifelse(age > 50 & !is.na(age), 1, 2)
  )),
  bmt = with(bmt, made(t2, ifelse(d3 == 0, 0, ifelse(d2 == 1, 1, 2)), group, z10 + 1)),
  veteran = with(veteran, made(
    time, ifelse(status == 0, 0, ifelse(karno >= 60, 1, 2)), as.integer(celltype), trt
  )),
  ties = made(
    c(7, 14, 21, 28, 35)[(i * 7) %% 5 + 1], c(0, 1, 1, 2, 2, 1, 0)[(i * 11) %% 7 + 1],
    (i * 5) %% 3 + 1, (i * 3) %% 4 + 1
  ),
  empty_cause = made(
    c(3, 5, 5, 8, 9, 12, 2, 4, 4, 6, 10, 11, 13), c(1, 1, 0, 1, 1, 0, 1, 2, 2, 1, 0, 2, 1),
    rep(1:2, c(6, 7))
  ),
  one_cause = made(c(2, 2, 5, 8, 8, 9, 13, 21), c(1, 1, 0, 1, 0, 1, 1, 0), rep(1:2, 4)),
  three_causes = made((i * 37) %% 61 + 1, (i * 13) %% 4, (i * 5) %% 2 + 1, (i * 7) %% 3 + 1),
  no_censoring = made(c(1, 2, 3, 4, 5, 6, 7, 8), c(1, 2, 1, 1, 2, 1, 2, 1), rep(1:2, each = 4)),
  all_censored = made(c(3, 5, 5, 9), 0),
  time_zero = made(c(0, 0, 0, 1, 2, 3, 3, 8), c(1, 2, 0, 1, 0, 2, 1, 2)),
  rounding = made(
    c(0.1 + 0.2, 0.3, 0.5, 0.1 + 0.6, 0.7, 1.1 + 2.2, 3.3, 4), c(1, 2, 0, 1, 1, 2, 0, 1)
  ),
  entries = made(
    20 + (i * 37) %% 61 + (i %% 4) / 4, c(0, 1, 2, 1, 0)[(i * 3) %% 5 + 1], (i * 5) %% 2 + 1,
    entry = ifelse(i %% 3 == 0, 0, (i * 13) %% 19 + (i %% 2) / 2)
  )
)

rows <- list(); tests <- list()
for (name in names(data_sets)) {
  d <- data_sets[[name]]
  causes <- max(d$cause, 1)
  late <- any(d$entry > 0)
  state <- factor(d$cause, 0:causes)
  for (g in sort(unique(d$group))) {
    own <- d$group == g
    fits <- lapply(c("log-log", "log", "plain"), function(type) {
      if (late) survfit(Surv(entry, time, state) ~ 1, d, subset = own, conf.type = type,
                        id = seq_along(time))
      else survfit(Surv(time, state) ~ 1, d, subset = own, conf.type = type)
    })
    fit <- fits[[1]]
    # cmprsk has no late entry and takes times that differ by rounding as two.
    aalen <- NULL
    if (!late && name != "rounding" && any(d$cause[own] > 0)) {
      found <- with(d[own, ], cuminc(time, cause))
      aalen <- timepoints(found, fit$time)$var
    }
    for (j in 1:causes) {
      label <- paste("1", j)
      var <- if (!is.null(aalen) && label %in% rownames(aalen)) aalen[label, ] else NA
      # Every time of a small set, one in six of a large one and the last.
      m <- length(fit$time)
      kept <- if (m < 100) 1:m else unique(c(seq(1, m, 6), m))
      rows[[length(rows) + 1]] <- data.frame(
        dataset = name, group = g, cause = j, time = fit$time, n_at_risk = fit$n.risk[, 1],
        n_event = fit$n.event[, j + 1], n_censored = rowSums(cbind(fit$n.censor)),
        survival = fit$pstate[, 1], estimate = fit$pstate[, j + 1],
        std_error = fit$std.err[, j + 1], aalen = as.numeric(var),
        low_loglog = fits[[1]]$lower[, j + 1], high_loglog = fits[[1]]$upper[, j + 1],
        low_log = fits[[2]]$lower[, j + 1], high_log = fits[[2]]$upper[, j + 1],
        low_plain = fits[[3]]$lower[, j + 1], high_plain = fits[[3]]$upper[, j + 1]
      )[kept, ]
    }
  }
  if (late || name == "rounding" || length(unique(d$group)) < 2) next
  for (rho in c(0, 1, -0.5)) for (stratified in unique(c(FALSE, max(d$stratum) > 1))) {
    tested <- if (stratified) cuminc(d$time, d$cause, d$group, d$stratum, rho = rho)$Tests
              else cuminc(d$time, d$cause, d$group, rho = rho)$Tests
    tests[[length(tests) + 1]] <- data.frame(
      dataset = name, rho = rho, stratified = stratified, cause = as.integer(rownames(tested)),
      statistic = tested[, "stat"], df = tested[, "df"], p_value = tested[, "pv"]
    )
  }
}
save <- function(table, name, digits = 15) {
  number <- vapply(table, is.numeric, TRUE)
  table[number] <- lapply(table[number], function(x) ifelse(is.na(x), NA, sprintf("%.*g", digits, x)))
  write.csv(table, file.path("tests/oracle", name), row.names = FALSE, quote = FALSE, na = "")
}
given <- do.call(rbind, lapply(names(data_sets), function(x) cbind(dataset = x, data_sets[[x]])))
save(given, "cumulative_incidence_data.csv", 17)
save(do.call(rbind, rows), "cumulative_incidence.csv")
save(do.call(rbind, tests), "gray_test.csv")
