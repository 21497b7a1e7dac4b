# Ratings during infusions, in R 4.2.2 from raw ratings in base R; slopes by nlme::gls.
# Writes acute_effects_data.csv (one row a rating) and acute_effects.csv.
# Run from the repository's root: Rscript tests/oracle/acute_effects.R

suppressMessages(library(nlme))
set.seed(19970)
rows <- list()
for (i in 1:22) {
  arm <- if (i %% 2) "ketamine" else "midazolam"
  u <- rnorm(1, 0, 4)
  last <- if (i %in% c(5, 8)) 2 else if (i == 11) 3 else 4
  for (k in 1:last) {
    mean40 <- if (arm == "ketamine") 20 - 2.5 * k else 4
    values <- c(rpois(1, 1), max(0, round(mean40 + u + rnorm(1, 0, 3))), rpois(1, 0.7))
    hours <- c(-0.5, 0.7, 2) + sample(0:3, 3, TRUE) / 60
    rows[[length(rows) + 1]] <- data.frame(id = sprintf("P%02d", i), arm = arm, infusion = k,
      point = c("before", "40 min", "2 h"), hours = hours, score = values)
  }
}
d <- do.call(rbind, rows)
d <- d[-c(7, 20, 41, 100), ]  # ratings that were not taken
write.csv(transform(d, hours = sprintf("%.15g", hours)), "tests/oracle/acute_effects_data.csv",
  row.names = FALSE, quote = FALSE)

out <- data.frame()
keep <- function(...) out <<- rbind(out, data.frame(...))
digits <- function(x) sprintf("%.15g", x)
t_mean <- function(x, what, arm, k) {
  ci <- t.test(x)$conf.int
  keep(what = what, arm = arm, infusion = k, n = length(x), estimate = digits(mean(x)),
    std_error = digits(sd(x) / sqrt(length(x))), conf_low = digits(ci[1]), conf_high = digits(ci[2]),
    p_value = NA, df = NA)
}
cells <- unique(d[c("id", "arm", "infusion")])
for (r in seq_len(nrow(cells))) {
  own <- d[d$id == cells$id[r] & d$infusion == cells$infusion[r], ]
  pre <- own$score[own$point == "before"]
  after <- own$score[own$point != "before"]
  at <- own$score[own$point == "40 min"]
  cells$pre[r] <- if (length(pre)) pre else NA
  cells$peak[r] <- if (length(after)) max(after) else NA
  cells$at40[r] <- if (length(at)) at else NA
  cells$flag[r] <- if (length(pre) && length(after)) any(after > 4 & after > pre) else NA
}
cells$change <- cells$peak - cells$pre
for (arm in c("midazolam", "ketamine")) {
  for (k in 1:4) {
    own <- cells[cells$arm == arm & cells$infusion == k, ]
    t_mean(na.omit(own$change), "change", arm, k)
    t_mean(na.omit(own$peak), "peak", arm, k)
    t_mean(na.omit(own$at40), "40 min", arm, k)
    t_mean(na.omit(own$at40 - own$pre), "40 min change", arm, k)
    judged <- na.omit(own$flag)
    ci <- binom.test(sum(judged), length(judged))$conf.int
    keep(what = "flag", arm = arm, infusion = k, n = length(judged), estimate = digits(mean(judged)),
      std_error = NA, conf_low = digits(ci[1]), conf_high = digits(ci[2]), p_value = NA, df = NA)
  }
  own <- cells[cells$arm == arm, ]
  for (what in c("change", "peak")) {
    own$y <- own[[what]]
    fit <- gls(y ~ infusion, own[!is.na(own$y), ], correlation = corCompSymm(form = ~ 1 | id),
      control = glsControl(msTol = 1e-12, tolerance = 1e-12, returnObject = FALSE))
    keep(what = paste("slope of", what), arm = arm, infusion = NA, n = nrow(own[!is.na(own$y), ]),
      estimate = digits(coef(fit)[2]), std_error = digits(sqrt(vcov(fit)[2, 2])), conf_low = NA,
      conf_high = NA, p_value = NA, df = NA)
  }
}
cells$drug <- as.numeric(cells$arm == "ketamine")
fit <- gls(change ~ infusion * drug, cells[!is.na(cells$change), ],
  correlation = corCompSymm(form = ~ 1 | id), control = glsControl(msTol = 1e-12, tolerance = 1e-12))
keep(what = "slope of change, difference", arm = "ketamine", infusion = NA,
  n = sum(!is.na(cells$change)), estimate = digits(coef(fit)[4]),
  std_error = digits(sqrt(vcov(fit)[4, 4])), conf_low = NA, conf_high = NA, p_value = NA, df = NA)
write.csv(out, "tests/oracle/acute_effects.csv", row.names = FALSE, quote = TRUE, na = "")
