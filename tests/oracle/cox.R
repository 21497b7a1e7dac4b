# Cox models: ties, strata, late entry, rows from start to stop, clusters, tests of proportions, curves.
# Run: Rscript tests/oracle/cox.R   (R 4.2.2, survival 3.5-3; writes cox.csv and cox_data.csv)
library(survival)
options(digits = 17)

i <- 1:120
own <- data.frame(
  id = i, start = 0, time = c(7, 14, 21, 28, 56)[(i * 7) %% 5 + 1] + (i %% 3 == 0), status = as.integer((i * 11) %% 7 > 1),
  arm = (i * 5) %% 3, age = 20 + (i * 37) %% 41, base = 25 + (i * 13) %% 17, site = i %% 4
)
# The hazard depends on age and arm a little: later times for the old.
own$time <- own$time + (own$age > 40) * 7
late <- own
late$start <- pmin(ifelse(i %% 3 == 0, 0, ((i * 7) %% 11) * 2.5), late$time - 1)
v <- veteran
vet <- data.frame(
  id = seq_len(nrow(v)), start = 0, time = v$time, status = v$status,
  arm = v$trt - 1, age = v$age, base = v$karno, site = as.integer(factor(v$celltype)) - 1
)
h <- heart
trans <- data.frame(
  id = h$id, start = h$start, time = h$stop, status = h$event,
  arm = as.integer(as.character(h$transplant)), age = round(h$age, 3), base = round(h$year, 3), site = h$surgery
)
trans <- trans[trans$time > trans$start, ]
b <- bladder2
bladder <- data.frame(
  id = b$id, start = b$start, time = b$stop, status = b$event, arm = b$rx - 1, age = b$number, base = b$size, site = b$enum - 1
)
bladder <- bladder[bladder$time > bladder$start, ]
o <- ovarian
few <- data.frame(
  id = seq_len(nrow(o)), start = 0, time = o$futime, status = o$fustat, arm = o$rx - 1, age = round(o$age, 4),
  base = o$resid.ds, site = o$ecog.ps - 1
)
data_sets <- list(ties = own, late = late, veteran = vet, heart = trans, bladder = bladder, ovarian = few)

out <- list()
add <- function(dataset, model, record, name, value) {
  out[[length(out) + 1]] <<- data.frame(
    dataset = dataset, model = model, record = record, name = as.character(name), value = as.numeric(value), stringsAsFactors = FALSE
  )
}
tight <- coxph.control(eps = 1e-14, iter.max = 60, toler.chol = 1e-15)
for (name in names(data_sets)) {
  d <- data_sets[[name]]
  d$arm <- factor(d$arm)
  is_late <- any(d$start > 0)
  outcome <- if (is_late) "Surv(start, time, status)" else "Surv(time, status)"
  for (stratified in c(FALSE, TRUE)) for (ties in c("efron", "breslow", "exact")) {
    # R lists every subset of the tied events where rows have a start: too many.
    if (ties == "exact" && is_late) next
    model <- paste(ties, if (stratified) "strata" else "plain")
    right <- paste("arm + age + base", if (stratified) "+ strata(site)" else "")
    formula <- as.formula(paste(outcome, "~", right))
    fit <- coxph(formula, d, ties = ties, control = tight, x = TRUE)
    short <- sub("^arm", "arm", names(coef(fit)))
    add(name, model, "coef", short, coef(fit))
    add(name, model, "se", short, sqrt(diag(vcov(fit))))
    add(name, model, "loglik", c("null", "end"), fit$loglik)
    add(name, model, "score", "all", fit$score)
    add(name, model, "wald", "all", drop(coef(fit) %*% solve(vcov(fit), coef(fit))))
    if (ties == "exact") next
    add(name, model, "concordance", c("C", "se"), c(concordance(fit)$concordance, sqrt(concordance(fit)$var)))
    for (transform in c("km", "rank", "identity", "log")) {
      zph <- cox.zph(fit, transform = transform)$table
      add(name, model, paste("zph", transform), rownames(zph), zph[, "chisq"])
    }
    robust <- coxph(formula, d, ties = ties, control = tight, robust = TRUE, cluster = seq_len(nrow(d)))
    add(name, model, "robust se", short, sqrt(diag(vcov(robust))))
    add(name, model, "robust score", "all", robust$rscore)
    cluster <- coxph(formula, d, ties = ties, control = tight, cluster = id)
    add(name, model, "cluster se", short, sqrt(diag(vcov(cluster))))
    add(name, model, "cluster score", "all", cluster$rscore)
    add(name, model, "cluster concordance", "se", sqrt(concordance(cluster)$var))
    at <- data.frame(arm = factor(levels(d$arm)[2], levels(d$arm)), age = mean(range(d$age)), base = min(d$base))
    if (!stratified) {
      curve <- survfit(fit, newdata = at, conf.type = "log-log")
      keep <- curve$n.event > 0
      add(name, model, "curve time", seq_len(sum(keep)), curve$time[keep])
      add(name, model, "curve at risk", seq_len(sum(keep)), curve$n.risk[keep])
      add(name, model, "curve surv", seq_len(sum(keep)), curve$surv[keep])
      add(name, model, "curve hazard", seq_len(sum(keep)), curve$cumhaz[keep])
      add(name, model, "curve se", seq_len(sum(keep)), (curve$surv * curve$std.err)[keep])
      add(name, model, "curve low", seq_len(sum(keep)), curve$lower[keep])
      add(name, model, "curve high", seq_len(sum(keep)), curve$upper[keep])
      zero <- basehaz(fit, centered = FALSE)
      add(name, model, "baseline hazard", seq_len(sum(keep)), zero$hazard[keep])
    }
  }
}
out <- do.call(rbind, out)
out$value <- formatC(out$value, digits = 17, format = "g", width = -1)
write.csv(out, "tests/oracle/cox.csv", row.names = FALSE, quote = FALSE)
given <- do.call(rbind, lapply(names(data_sets), function(n) cbind(dataset = n, data_sets[[n]])))
write.csv(given, "tests/oracle/cox_data.csv", row.names = FALSE, quote = FALSE)
