# Shares, differences and ratios of imputed data: Rubin's rules by mice::pool.scalar with infinite
# degrees of freedom of the complete data, and the interval of Lott and Reiter (2020, equation 8)
# written out in their form. Writes imputed_rates.csv. Run in this folder: Rscript imputed_rates.R
suppressMessages(library(mice))
sets <- list(
  wide = list(x = c(17, 15, 19, 16, 18), n = 31, x0 = c(6, 8, 5, 7, 6), n0 = 29),
  many = list(x = c(101, 98, 110, 93, 105, 99, 104, 108), n = 180,
              x0 = c(70, 77, 69, 75, 80, 66, 74, 71), n0 = 170),
  same = list(x = c(12, 12, 12), n = 20, x0 = c(9, 10, 9), n0 = 21),
  rare = list(x = c(1, 2, 1, 3), n = 14, x0 = c(13, 12, 13, 11), n0 = 14))
pooled <- function(q, u) {
  # pool.scalar takes a share of the variance between sets below 1e-4 as 1e-4; without any, infinite
  p <- pool.scalar(q, u, n = Inf)
  if (var(q) == 0) p$df <- Inf
  list(est = p$qbar, se = sqrt(p$t), df = p$df, within = p$ubar, b = p$b, m = p$m)
}
rows <- list()
add <- function(set, what, est, se, df, low, high, p = NA) rows[[length(rows) + 1]] <<- data.frame(
  set = set, what = what, estimate = sprintf("%.15g", est), std_error = sprintf("%.15g", se),
  df = sprintf("%.15g", df), low = sprintf("%.15g", low), high = sprintf("%.15g", high),
  p = sprintf("%.15g", p))
lott_reiter <- function(p, n, level) {
  t <- qt(1 - (1 - level) / 2, p$df)
  r <- (1 + 1 / p$m) * p$b / p$within
  one <- 1 + t^2 / n + t^2 * r / n
  centre <- (2 * p$est + t^2 / n + t^2 * r / n) / (2 * one)
  half <- sqrt((2 * p$est + t^2 / n + t^2 * r / n)^2 / (4 * one^2) - p$est^2 / one)
  c(centre - half, centre + half)
}
for (name in names(sets)) for (level in c(0.95, 0.9)) {
  s <- sets[[name]]; set <- paste(name, level)
  p1 <- s$x / s$n; p0 <- s$x0 / s$n0
  a <- pooled(p1, p1 * (1 - p1) / s$n); b <- pooled(p0, p0 * (1 - p0) / s$n0)
  wa <- lott_reiter(a, s$n, level); wb <- lott_reiter(b, s$n0, level)
  add(set, "share wilson", a$est, a$se, a$df, wa[1], wa[2])
  t <- qt(1 - (1 - level) / 2, a$df)
  add(set, "share wald", a$est, a$se, a$df, a$est - t * a$se, a$est + t * a$se)
  d <- pooled(p1 - p0, p1 * (1 - p1) / s$n + p0 * (1 - p0) / s$n0)
  t <- qt(1 - (1 - level) / 2, d$df); pv <- 2 * pt(-abs(d$est / d$se), d$df)
  add(set, "wald-rubin", d$est, d$se, d$df, d$est - t * d$se, d$est + t * d$se, pv)
  add(set, "newcombe-rubin", d$est, d$se, d$df,
      d$est - sqrt((a$est - wa[1])^2 + (wb[2] - b$est)^2),
      d$est + sqrt((wa[2] - a$est)^2 + (b$est - wb[1])^2), pv)
  for (measure in c("risk ratio", "odds ratio")) {
    y1 <- s$n - s$x; y0 <- s$n0 - s$x0
    if (measure == "risk ratio") { q <- log(p1 / p0); u <- 1 / s$x - 1 / s$n + 1 / s$x0 - 1 / s$n0
    } else { q <- log(s$x * y0 / (y1 * s$x0)); u <- 1 / s$x + 1 / y1 + 1 / s$x0 + 1 / y0 }
    l <- pooled(q, u); t <- qt(1 - (1 - level) / 2, l$df)
    add(set, measure, exp(l$est), l$se, l$df, exp(l$est - t * l$se), exp(l$est + t * l$se),
        2 * pt(-abs(l$est / l$se), l$df))
  }
}
write.csv(do.call(rbind, rows), "imputed_rates.csv", row.names = FALSE)
