# Fine and Gray's model with late entry: survival's finegray and a weighted coxph, on the data of
# cumulative_incidence.R; and the incidence that is predicted, which cmprsk's predict.crr gives
# where nobody enters late.
# Run: Rscript tests/oracle/fine_gray_entry.R   (R 4.2.2, survival 3.5, cmprsk 2.2-11)
suppressMessages({library(survival); library(cmprsk)})

given <- read.csv("tests/oracle/cumulative_incidence_data.csv")
tight <- coxph.control(eps = 1e-14, iter.max = 50)
asked <- data.frame(group = 1, score = 4)
rows <- list()
add <- function(...) rows[[length(rows) + 1]] <<- data.frame(...)

for (name in c("entries", "mgus2", "melanoma", "veteran", "ties")) {
  d <- given[given$dataset == name, ]
  i <- seq_len(nrow(d))
  d$id <- i
  d$score <- (i * 37) %% 101 / 10
  if (name != "entries") {
    # Two in five enter late, with ties of entries among each other and with events.
    d$entry <- ifelse(i %% 5 < 2, floor(d$time * (i %% 7) / 10), 0)
  }
  d$state <- factor(d$cause, 0:2, c("censored", "one", "two"))
  for (cause in 1:2) {
    long <- finegray(Surv(entry, time, state) ~ group + score + id, d, id = id,
                     etype = c("one", "two")[cause])
    fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ group + score, long, weights = fgwt,
                 ties = "breslow", cluster = id, control = tight)
    add(dataset = name, cause = cause, record = "late entry", term = names(coef(fit)), time = NA,
        estimate = coef(fit), std_error = sqrt(diag(vcov(fit))))
    curve <- survfit(fit, asked, se.fit = FALSE)
    at <- quantile(d$time[d$cause == cause], c(0.2, 0.5, 0.9), type = 1)
    found <- 1 - summary(curve, times = at)$surv
    add(dataset = name, cause = cause, record = "late entry", term = "incidence", time = at,
        estimate = found, std_error = NA)
    if (name != "entries") {
      x <- as.matrix(d[c("group", "score")])
      whole <- crr(d$time, d$cause, x, failcode = cause, gtol = 1e-12, maxiter = 50)
      steps <- predict(whole, as.matrix(asked))
      there <- findInterval(at, steps[, 1])
      add(dataset = name, cause = cause, record = "crr", term = "incidence", time = at,
          estimate = c(0, steps[, 2])[there + 1], std_error = NA)
    }
  }
}
table <- do.call(rbind, rows)
number <- vapply(table, is.numeric, TRUE)
table[number] <- lapply(table[number], function(x) ifelse(is.na(x), "", sprintf("%.15g", x)))
write.csv(table, "tests/oracle/fine_gray_entry.csv", row.names = FALSE, quote = FALSE)
