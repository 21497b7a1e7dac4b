# Data sets that come with R, through the methods of prediction, of two groups and of clustered
# yes-or-no outcomes, in R 4.2.2: stats::glm with the ends of its profile by stats::uniroot on refits
# with an offset; Firth's penalty by brglm2 (type = "MPL_Jeffreys") with the profile of the penalised
# likelihood by stats::optim; pROC (auc, var, ci.auc, roc.test); stats::t.test, exact Wilcoxon tests
# with ties by coin, effectsize (hedges_g, cliffs_delta, p_superiority); geepack::geeglm.
# birthwt and Pima.tr2 (gaps) are of MASS, infert (matched), sleep, ToothGrowth, warpbreaks,
# airquality (gaps, ties) and mtcars (unbalanced) of datasets, endometrial (separated) of brglm2,
# ohio of geepack. Writes classics_data.csv (model rows), classics_groups.csv (two groups) and
# classics.csv (what R gives), and reads nothing.
# Run from the repository's root: Rscript tests/oracle/classics.R
suppressMessages({
  library(MASS)
  library(brglm2)
  library(pROC)
  library(coin)
  library(effectsize)
  library(geepack)
})
data(endometrial, package = "brglm2")
data(ohio, package = "geepack")

number <- function(v) as.numeric(v)
models <- list(
  birthwt = with(birthwt, data.frame(id = seq_along(low), y = low, x1 = lwt, x2 = smoke, x3 = age)),
  pima = with(Pima.tr2, data.frame(id = seq_along(glu), y = number(type == "Yes"), x1 = glu, x2 = bmi, x3 = skin)),
  infert = with(infert, data.frame(id = stratum, y = case, x1 = spontaneous, x2 = induced, x3 = age)),
  endometrial = with(endometrial, data.frame(id = seq_along(HG), y = HG, x1 = NV, x2 = PI, x3 = EH)),
  ohio = with(ohio[ohio$id %% 3 == 0, ], data.frame(id, y = resp, x1 = age, x2 = smoke, x3 = NA)))
rows <- NULL
add <- function(set, what, term, ...) rows <<- rbind(rows, data.frame(set, what, term, ...))
line <- function(estimate = NA, std_error = NA, low = NA, high = NA, statistic = NA, p = NA)
  list(estimate = estimate, std_error = std_error, low = low, high = high, statistic = statistic, p = p)
put_line <- function(set, what, term, ...) do.call(add, c(list(set, what, term), line(...)))

crossing <- function(lost, centre, error) {
  side <- function(way) {
    far <- centre + way * error
    while (lost(far) < qchisq(0.95, 1)) far <- far + way * error
    uniroot(function(v) lost(v) - qchisq(0.95, 1), sort(c(centre, far)), tol = 1e-10)$root
  }
  c(side(-1), side(1))
}

# Maximum likelihood, profile and Wald.
for (set in c("birthwt", "pima", "infert")) {
  d <- na.omit(models[[set]])
  x <- cbind(1, as.matrix(d[c("x1", "x2", "x3")]))
  tight <- list(epsilon = 1e-14, maxit = 100)
  fit <- glm.fit(x, d$y, family = binomial(), control = tight)
  m <- glm(y ~ x1 + x2 + x3, binomial, d, control = tight)
  s <- coef(summary(m))
  for (j in 2:4) {
    lost <- function(v) glm.fit(x[, -j], d$y, offset = v * x[, j], family = binomial(), control = tight)$deviance - fit$deviance
    e <- crossing(lost, coef(m)[[j]], s[j, 2])
    ratio <- lost(0)
    put_line(set, "ml", names(coef(m))[j], s[j, 1], s[j, 2], e[1], e[2], ratio, pchisq(ratio, 1, lower.tail = FALSE))
    wald <- s[j, 1] + c(-1, 1) * qnorm(0.975) * s[j, 2]
    put_line(set, "wald", names(coef(m))[j], s[j, 1], s[j, 2], wald[1], wald[2], s[j, 3], s[j, 4])
  }
}

# Firth: the penalty is half the log determinant of the whole model's information.
for (set in c("birthwt", "pima", "endometrial")) {
  d <- na.omit(models[[set]])
  scale <- c(1, sapply(d[c("x1", "x2", "x3")], sd))
  x <- sweep(cbind(1, scale(as.matrix(d[c("x1", "x2", "x3")]), scale = FALSE)), 2, scale, "/")
  minus <- function(b) {
    eta <- drop(x %*% b)
    inner <- crossprod(x * (plogis(eta) * plogis(-eta)), x)
    -sum(plogis(ifelse(d$y == 1, 1, -1) * eta, log.p = TRUE)) - determinant(inner)$modulus[[1]] / 2
  }
  score <- function(b) {
    p <- plogis(drop(x %*% b))
    inner <- crossprod(x * (p * (1 - p)), x)
    h <- rowSums((x %*% solve(inner)) * x) * p * (1 - p)
    -drop(crossprod(x, d$y - p + h * (0.5 - p)))
  }
  held <- function(j, v, start) {
    free <- setdiff(1:4, j)
    at <- function(b) { all <- start; all[j] <- v; all[free] <- b; all }
    optim(start[free], function(b) minus(at(b)), function(b) score(at(b))[free], method = "BFGS",
          control = list(reltol = 1e-16, maxit = 1000))$value
  }
  m <- glm(y ~ x1 + x2 + x3, binomial, d, method = "brglmFit", type = "MPL_Jeffreys", epsilon = 1e-14, maxit = 5000)
  s <- coef(summary(m))
  best <- optim(coef(m) * scale, minus, score, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))
  for (j in 2:4) {
    lost <- function(v) 2 * (held(j, v * scale[j], best$par) - best$value)
    e <- crossing(lost, coef(m)[[j]], s[j, 2])
    ratio <- lost(0)
    put_line(set, "firth", names(coef(m))[j], s[j, 1], s[j, 2], e[1], e[2], ratio, pchisq(ratio, 1, lower.tail = FALSE))
  }
}

# Areas, each marker by itself and two beside each other.
for (set in c("birthwt", "pima", "infert", "endometrial")) {
  d <- models[[set]]
  curve <- function(frame, marker) roc(frame$y, frame[[marker]], levels = c(0, 1), direction = "<", quiet = TRUE)
  for (marker in c("x1", "x2", "x3")) {
    own <- d[!is.na(d[[marker]]), ]
    r <- curve(own, marker)
    e <- as.numeric(ci.auc(r, method = "delong"))
    put_line(set, "auc", marker, as.numeric(auc(r)), sqrt(var(r, method = "delong")), e[1], e[3])
  }
  both <- d[complete.cases(d[c("x1", "x3")]), ]
  t <- roc.test(curve(both, "x3"), curve(both, "x1"), paired = TRUE, method = "delong")
  put_line(set, "auc-paired", "x3 - x1", unname(diff(rev(t$estimate))), NA, t$conf.int[1], t$conf.int[2], unname(t$statistic), t$p.value)
}

# Clustered yes or no.
for (set in c("ohio", "infert")) for (corstr in c("independence", "exchangeable")) {
  # One case in each matched set is a correlation of -1/2, where the working matrix is singular and
  # geeglm gives numbers that have not converged.
  if (set == "infert" && corstr == "exchangeable") next
  d <- models[[set]]
  d <- d[order(d$id), ]
  m <- geeglm(if (set == "ohio") y ~ x1 + x2 else y ~ x1 + x2 + x3, binomial, d, id = id, corstr = corstr,
              scale.fix = FALSE, control = geese.control(epsilon = 1e-12, maxit = 500))
  s <- coef(summary(m))
  for (j in seq_len(nrow(s))) put_line(set, corstr, rownames(s)[j], s[j, 1], s[j, 2], statistic = sqrt(s[j, 3]), p = s[j, 4])
}

# Two groups.
groups <- list(
  sleep = with(sleep, list(a = extra[group == 2], b = extra[group == 1])),
  tooth = with(ToothGrowth, list(a = len[supp == "OJ"], b = len[supp == "VC"])),
  breaks = with(warpbreaks, list(a = breaks[wool == "A" & tension == "L"], b = breaks[wool == "B" & tension == "L"])),
  air = with(airquality, list(a = Ozone[Month == 8], b = Ozone[Month == 5])),
  cars = with(mtcars, list(a = hp[am == 1], b = hp[am == 0])),
  carb = with(mtcars, list(a = carb[vs == 1], b = carb[vs == 0])))
people <- NULL
for (set in names(groups)) {
  for (side in c("a", "b")) people <- rbind(people, data.frame(set, side, value = groups[[set]][[side]]))
  a <- na.omit(groups[[set]]$a)
  b <- na.omit(groups[[set]]$b)
  for (kind in c("welch", "student")) {
    t <- t.test(a, b, var.equal = kind == "student")
    put_line(set, kind, "", unname(diff(rev(t$estimate))), t$stderr, t$conf.int[1], t$conf.int[2], unname(t$statistic), t$p.value)
  }
  side <- factor(rep(c("a", "b"), c(length(a), length(b))))
  put_line(set, "mann-whitney-exact", "", p = as.numeric(pvalue(wilcox_test(c(a, b) ~ side, distribution = exact()))))
  w <- suppressWarnings(wilcox.test(a, b, exact = FALSE))
  put_line(set, "mann-whitney", "", p = w$p.value)
  put_line(set, "permutation", "", p = as.numeric(pvalue(oneway_test(c(a, b) ~ side, distribution = exact()))))
  g <- hedges_g(a, b)
  put_line(set, "hedges-g", "", g$Hedges_g, NA, g$CI_low, g$CI_high)
  put_line(set, "cliffs-delta", "", cliffs_delta(a, b)$r_rank_biserial)
  put_line(set, "superiority", "", p_superiority(a, b, parametric = FALSE)$p_superiority)
}

save <- function(table, name, digits) {
  for (column in names(table)) if (is.double(table[[column]])) {
    table[[column]] <- ifelse(is.na(table[[column]]), "", sprintf(digits, table[[column]]))
  }
  write.csv(table, file.path("tests", "oracle", name), row.names = FALSE, quote = FALSE, na = "")
}
save(do.call(rbind, lapply(names(models), function(n) cbind(set = n, models[[n]]))), "classics_data.csv", "%.6g")
save(people, "classics_groups.csv", "%.6g")
save(rows, "classics.csv", "%.15g")
