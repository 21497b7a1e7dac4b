# Classics of survival analysis by R's survival, with the data they come from: curves, quantiles,
# restricted means, log-rank tests, Cox models.
# Run: Rscript tests/oracle/survival_classics.R
# (R 4.2.2, survival 3.5-3, KMsurv 0.1-5, boot 1.3, MASS 7.3; writes survival_classics_data.csv and
#  survival_classics.csv)
# x1 and x2 are covariates, group and stratum are numbered from 1, NA is missing.
suppressMessages({library(survival); library(KMsurv)})
for (name in c("bmt", "burn", "bfeed", "larynx", "psych", "tongue", "kidtran", "azt")) data(list = name, package = "KMsurv")
data(channing, package = "boot")

made <- function(time, status, group, stratum = 1, x1 = NA, x2 = NA, start = 0, id = seq_along(time))
  data.frame(id = as.integer(factor(id, unique(id))), start = start, time = time, status = as.integer(status),
             group = as.integer(factor(group)), stratum = as.integer(factor(stratum)), x1 = x1, x2 = x2)

kept <- channing$exit > channing$entry
data_sets <- list(
  aml = with(aml, made(time, status, x)),
  gehan = with(MASS::gehan, made(time, cens, treat, pair)),
  kidney = with(survival::kidney, made(time, status, sex, disease, age, frail, id = id)),
  retinopathy = with(retinopathy, made(futime, status, trt, laser, age, risk, id = id)),
  rats = with(survival::rats, made(time, status, rx, sex, id = litter)),
  stanford2 = with(stanford2, made(time, status, age > 45, time %% 3, age, t5)),
  pbc = with(pbc, made(time, status == 2, trt, edema, log(bili), albumin)),
  gbsg = with(gbsg, made(rfstime, status, hormon, grade, age, log(nodes))),
  mgus2 = with(mgus2, made(futime, death, sex, age > 70, age, hgb)),
  cgd = with(cgd, made(tstop, status, treat, hos.cat, age, steroids, tstart, id)),
  channing = with(channing[kept, ], made(exit, cens, sex, entry %/% 120, entry %% 12, start = entry)),
  psych = with(psych, made(age + time, death, sex, start = age)),
  azt = with(azt, made(age, death, ageentry > 500, start = ageentry)),
  larynx = with(larynx, made(time, delta, stage, diagyr > 74, age, diagyr)),
  tongue = with(tongue, made(time, delta, type)),
  bmt = with(bmt, made(t2, d3, group, z10, z1, z2)),
  burn = with(burn, made(T3, D3, Z1, Z3, Z4, Z2)),
  kidtran = with(kidtran, made(time, delta, race, gender, age)),
  bfeed = with(bfeed, made(duration, delta, race, smoke, agemth, yschool)),
  # Where curves go wrong: all censored, one event, time 0, S(t) = 1/2 in a flat piece, rounding.
  censored = made(c(3, 5, 5, 9, 1, 2, 2, 4), c(0, 0, 0, 0, 1, 0, 1, 1), rep(1:2, each = 4)),
  one_event = made(c(3, 5, 5, 9, 1, 2, 2, 4), c(0, 1, 0, 0, 0, 0, 0, 0), rep(1:2, each = 4)),
  time_zero = made(c(0, 0, 0, 2, 5, 0, 1, 1, 7, 8), c(1, 1, 0, 1, 0, 0, 1, 1, 0, 1), rep(1:2, each = 5)),
  half = made(c(1, 2, 3, 4, 2, 2, 5, 6, 7, 8), c(1, 1, 1, 1, 1, 1, 1, 0, 0, 1), rep(1:2, c(4, 6))),
  rounding = made(c(0.1 + 0.2, 0.3, 0.3, 0.6 + 0.1, 0.7, 1, 0.3, 0.7, 0.1 + 0.6, 3 * 0.1, 1.1 + 2.2, 3.3),
                  c(1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1), rep(1:2, each = 6), rep(1:3, 4))
)

out <- list()
add <- function(dataset, record, group, name, value) {
  if (!length(value)) return(invisible())
  out[[length(out) + 1]] <<- data.frame(dataset = dataset, record = record, group = group, name = as.character(name),
                                        value = as.numeric(value), stringsAsFactors = FALSE)
}
cleaned <- function(d) d[!is.na(d$group), ]
outcome <- function(d) if (any(d$start > 0)) Surv(d$start, d$time, d$status) else Surv(d$time, d$status)

curves <- function(name, d) {
  for (g in sort(unique(d$group))) {
    own <- d[d$group == g, ]
    for (type in c("log-log", "log", "plain")) {
      fit <- survfit(outcome(own) ~ 1, conf.type = type)
      at <- unique(fit$time[round(seq(1, length(fit$time), length.out = 9))])
      place <- match(at, fit$time)
      if (type == "log-log") {
        add(name, "at_risk", g, at, fit$n.risk[place])
        add(name, "surv", g, at, fit$surv[place])
        add(name, "se", g, at, (fit$surv * fit$std.err)[place])
      }
      add(name, paste("low", type), g, at, fit$lower[place])
      add(name, paste("high", type), g, at, fit$upper[place])
      q <- quantile(fit, c(0.1, 0.25, 0.5, 0.75, 0.9))
      for (part in c("quantile", "lower", "upper")) add(name, paste(part, type), g, names(q$quantile), q[[part]])
    }
  }
}

# The horizon is two thirds of the way to the end of the shorter curve.
means <- function(name, d) {
  ends <- tapply(d$time, d$group, max)
  tau <- signif(min(ends) * 2 / 3, 3)
  for (g in sort(unique(d$group))) {
    own <- d[d$group == g, ]
    if (tau < min(own$time)) next # refused by summary.survfit; the mean is tau
    found <- summary(survfit(outcome(own) ~ 1), rmean = tau)$table
    add(name, "rmst", g, tau, found[["rmean"]]); add(name, "rmst se", g, tau, found[["se(rmean)"]])
  }
}

# survdiff has no late entry: Cox's score test has, and is the same without ties.
tests <- function(name, d) {
  if (any(d$start > 0)) return(invisible())
  for (stratified in c(FALSE, TRUE)) for (rho in c(0, 1, 0.5)) {
    if (stratified && length(unique(d$stratum)) < 2) next
    own <- d[!is.na(d$stratum), ]
    test <- if (stratified) survdiff(Surv(time, status) ~ group + strata(stratum), own, rho = rho)
            else survdiff(Surv(time, status) ~ group, own, rho = rho)
    record <- paste("test", rho, if (stratified) "strata" else "plain")
    expected <- if (is.matrix(test$exp)) rowSums(test$exp) else test$exp
    df <- sum(expected > 0) - 1
    add(name, record, NA, c("chisq", "df", "p"), c(test$chisq, df, pchisq(test$chisq, df, lower.tail = FALSE)))
    if (rho == 0) add(name, record, seq_along(expected), "expected", expected)
  }
}

tight <- coxph.control(eps = 1e-14, iter.max = 60, toler.chol = 1e-15)
cox <- function(name, d) {
  covariates <- c("factor(group)", if (any(!is.na(d$x1))) "x1", if (any(!is.na(d$x2))) "x2")
  left <- if (any(d$start > 0)) "Surv(start, time, status)" else "Surv(time, status)"
  d <- d[complete.cases(d[c("group", intersect(covariates, names(d)))]), ]
  for (ties in c("efron", "breslow")) for (stratified in c(FALSE, TRUE)) {
    if (stratified && length(unique(d$stratum)) < 2) next
    formula <- as.formula(paste(left, "~", paste(covariates, collapse = " + "), if (stratified) "+ strata(stratum)"))
    fit <- coxph(formula, d, ties = ties, control = tight)
    record <- paste(ties, if (stratified) "strata" else "plain")
    label <- function(x) sub("factor(group)", "group", x, fixed = TRUE)
    add(name, paste(record, "coef"), NA, label(names(coef(fit))), coef(fit))
    add(name, paste(record, "se"), NA, label(names(coef(fit))), sqrt(diag(vcov(fit))))
    add(name, paste(record, "model"), NA, c("loglik", "null", "score", "wald", "n", "n_event"),
        c(fit$loglik[2:1], fit$score, drop(coef(fit) %*% solve(vcov(fit), coef(fit))), fit$n, fit$nevent))
    for (transform in c("km", "rank", "identity")) {
      zph <- cox.zph(fit, transform = transform)$table
      add(name, paste(record, "zph", transform), NA, label(rownames(zph)), zph[, "chisq"])
    }
    add(name, paste(record, "concordance"), NA, c("C", "se"), c(concordance(fit)$concordance, sqrt(concordance(fit)$var)))
    if (any(duplicated(d$id))) {
      clustered <- coxph(formula, d, ties = ties, control = tight, cluster = id)
      add(name, paste(record, "cluster se"), NA, label(names(coef(fit))), sqrt(diag(vcov(clustered))))
    }
  }
}

for (name in names(data_sets)) {
  d <- cleaned(data_sets[[name]])
  if (name != "cgd") {
    curves(name, d)
    if (!any(d$start > 0)) means(name, d)
    tests(name, d)
  }
  if (!name %in% c("censored", "one_event", "time_zero", "half", "azt", "rounding")) cox(name, d)
}

write <- function(table, file) {
  number <- vapply(table, is.double, TRUE)
  table[number] <- lapply(table[number], function(x) ifelse(is.na(x), NA, formatC(x, digits = 16, format = "g", width = -1)))
  write.csv(table, file.path("tests/oracle", file), row.names = FALSE, quote = FALSE, na = "")
}
# Times with 17 digits, so that rounding stays what it was.
given <- do.call(rbind, lapply(names(data_sets), function(n) cbind(dataset = n, data_sets[[n]])))
given$time <- formatC(given$time, digits = 17, format = "g", width = -1)
write(given, "survival_classics_data.csv")
write(do.call(rbind, out), "survival_classics.csv")
