# Cox's model with Firth's penalty: coefficients, standard errors, profile intervals and tests.
# Run: Rscript tests/oracle/cox_firth.R   (R 4.2.2, survival 3.5-3; writes cox_firth.csv)
# The penalised log likelihood is l(b) + log det I(b) / 2 (Heinze and Schemper 2001), with l and I from
# coxph(init = b, iter.max = 0); its maximum by stats::optim and nlm, its ends by uniroot. coxphf is not
# in Debian.
library(survival)

i <- 1:40
o <- ovarian
data_sets <- list(
  ovarian = data.frame(time = o$futime, status = o$fustat, arm = o$rx - 1, age = round(o$age, 4)),
  # No event in arm 1: the likelihood is monotone.
  monotone = data.frame(time = (i * 17) %% 29 + 1, status = ifelse(i %% 4 == 0, 0, as.integer((i * 7) %% 5 > 1)), arm = as.integer(i %% 4 == 0), age = 30 + (i * 13) %% 23),
  ties = data.frame(time = c(7, 14, 21, 28)[(i * 7) %% 4 + 1] + 7 * (i %% 3 == 0), status = as.integer((i * 11) %% 7 > 3), arm = as.integer((i * 5) %% 3 == 0), age = 20 + (i * 37) %% 41)
)
out <- list()
add <- function(...) out[[length(out) + 1]] <<- data.frame(..., stringsAsFactors = FALSE)
for (name in names(data_sets)) for (ties in c("efron", "breslow")) {
  d <- data_sets[[name]]
  if (ties == "efron") add(dataset = name, ties = "", record = "data", name = "", a = d$time, b = d$status, c = d$arm, d = d$age)
  x <- scale(as.matrix(d[c("arm", "age")]))
  size <- attr(x, "scaled:scale")
  drop <- function(b) {
    fit <- coxph(Surv(d$time, d$status) ~ x, init = b, ties = ties, control = coxph.control(iter.max = 0))
    -(fit$loglik[1] - as.numeric(determinant(fit$var)$modulus) / 2)
  }
  best <- optim(c(0, 0), drop, method = "BFGS", control = list(reltol = 1e-16, maxit = 500))
  best <- nlm(drop, best$par, gradtol = 1e-10, steptol = 1e-12, iterlim = 500)
  b <- best$estimate
  fit <- coxph(Surv(d$time, d$status) ~ x, init = b, ties = ties, control = coxph.control(iter.max = 0))
  add(dataset = name, ties = ties, record = "all", name = "all", a = 2 * (drop(c(0, 0)) - best$minimum), b = -best$minimum + sum(log(size)), c = NA, d = NA)
  for (j in 1:2) {
    profile <- function(value) {
      other <- optimize(function(u) { full <- numeric(2); full[j] <- value; full[-j] <- u; drop(full) }, b[-j] + c(-4, 4), tol = 1e-10)
      2 * (other$objective - best$minimum)
    }
    se <- sqrt(fit$var[j, j])
    end <- function(to) uniroot(function(v) profile(v) - qchisq(0.95, 1), sort(c(b[j], to)), tol = 1e-11, extendInt = if (to < b[j]) "downX" else "upX")$root
    low <- end(b[j] - 2 * se); high <- end(b[j] + 2 * se)
    label <- c("arm", "age")[j]
    add(dataset = name, ties = ties, record = "coef", name = label, a = b[j] / size[j], b = se / size[j], c = low / size[j], d = high / size[j])
    add(dataset = name, ties = ties, record = "test", name = label, a = profile(0), b = NA, c = NA, d = NA)
  }
}
out <- do.call(rbind, out)
numbers <- c("a", "b", "c", "d")
out[numbers] <- lapply(out[numbers], function(x) ifelse(is.na(x), NA, formatC(x, digits = 17, format = "g", width = -1)))
write.csv(out, "tests/oracle/cox_firth.csv", row.names = FALSE, quote = FALSE, na = "")
