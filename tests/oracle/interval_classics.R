# Classics of interval-censored times by R's interval (curve and tests), icenReg
# and survival (regressions).
# Run: Rscript tests/oracle/interval_classics.R
# (R 4.2.2, interval 1.1-1.0, icenReg 2.0.16, Icens 1.72; writes interval_classics_data.csv and
#  interval_classics.csv)
suppressMessages({library(interval); library(icenReg)})
data(list = c("IR_diabetes", "miceData"), package = "icenReg")
data(list = c("cmv", "hiv"), package = "Icens")

made <- function(low, high, group) data.frame(low = low, high = high, group = as.integer(factor(group)))
data_sets <- list(
  diabetes = with(IR_diabetes, made(left, right, gender)),             # exact times and ties
  mice = with(miceData, made(l, u, grp)),                              # current status
  hiv = with(hiv, made(yL, ifelse(yR == 99, Inf, yR), Trt)),
  cmv = with(as.data.frame(cmv), made(cmvL, ifelse(cmvR == 30, Inf, cmvR), macL > 8))  # exact zeros
)

out <- list()
add <- function(dataset, record, name, value)
  out[[length(out) + 1]] <<- data.frame(dataset = dataset, record = record, name = as.character(name), value = as.numeric(value))
# Squeezed by its conditions: interval stops where they are violated by epsilon.
exact <- icfitControl(epsilon = 1e-11, maxit = 1e6)
for (name in names(data_sets)) {
  d <- data_sets[[name]]
  fit <- icfit(d$low, d$high, control = exact)
  share <- drop(fit$A %*% fit$pf)
  add(name, "log likelihood", "all", sum(log(share)))
  some <- unique(round(seq(1, nrow(d), length.out = 40)))
  add(name, "share", some, share[some])
  for (scores in c("logrank1", "logrank2", "wmw")) for (method in c("pclt", "scoretest")) {
    test <- ictest(d$low, d$high, factor(d$group), scores = scores, method = method, icontrol = exact)
    add(name, paste(scores, method), "p", test$p.value)
  }
  if (name == "cmv") next # models of times above 0
  for (model in c("ph", "po")) {
    dist <- if (model == "ph") "weibull" else "loglogistic"
    fit <- ic_par(cbind(low, high) ~ factor(group), data = d, model = model, dist = dist)
    here <- length(fit$coefficients)
    add(name, dist, c("log ratio", "log likelihood"), c(fit$coefficients[here], fit$llk))
    add(name, dist, "se", sqrt(diag(fit$var))[here])
    # ic_par's covariance is by differences; that of survreg, by the delta method from log times.
    ends <- Surv(ifelse(d$low == 0, NA, d$low), ifelse(is.finite(d$high), d$high, NA), type = "interval2")
    aft <- survreg(ends ~ factor(group), d, dist = dist, control = survreg.control(rel.tolerance = 1e-14, maxiter = 200))
    by <- c(0, -1, coef(aft)[[2]]) / aft$scale
    add(name, dist, "survreg se", sqrt(drop(by %*% vcov(aft) %*% by)))
  }
}
write <- function(table, file) {
  number <- vapply(table, is.double, TRUE)
  table[number] <- lapply(table[number], function(x) formatC(x, digits = 15, format = "g", width = -1))
  write.csv(table, file.path("tests/oracle", file), row.names = FALSE, quote = FALSE)
}
write(do.call(rbind, lapply(names(data_sets), function(n) cbind(dataset = n, data_sets[[n]]))), "interval_classics_data.csv")
write(do.call(rbind, out), "interval_classics.csv")
