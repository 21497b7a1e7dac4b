# Responders against non-responders on a made-up trial: t.test, wilcox.test, lm, cor.test, p.adjust.
# Run: Rscript tests/oracle/responders.R   (R 4.2.2; writes responders.csv)

i <- 1:84
madrs <- round(14 + 9 * sin(i * 1.3) + 4 * cos(i * 0.7))
madrs[i %% 8 == 5] <- NA
trial <- data.frame(
  subject = i, arm = i %% 2, baseline = 24 + (i * 5) %% 12, madrs = madrs,
  site = c("north", "south", "west")[(i * 7) %% 3 + 1], age = 20 + (i * 11) %% 45,
  one = round(30 + 20 * sin(i * 2.1) + 0.8 * ifelse(is.na(madrs), 20, madrs), 1),
  two = (i * 13) %% 6,
  three = round(exp(abs(sin(i * 0.9)) * 3), 2)
)
trial$one[i %% 17 == 4] <- NA
trial$two[i %% 11 == 2] <- NA
trial$age[i %% 21 == 6] <- NA
observed <- as.integer(trial$madrs <= trial$baseline / 2)
status <- list(observed = observed, nri = ifelse(is.na(observed), 0L, observed))
outcomes <- c("one", "two", "three")

columns <- c(
  "record", names(trial), "outcome", "missing", "test", "n", "n_reference", "mean", "mean_reference", "estimate", "std_error", "conf_low", "conf_high",
  "statistic", "df", "p_value", "p_adjusted"
)
out <- list()
add <- function(...) {
  given <- data.frame(..., stringsAsFactors = FALSE)
  given[setdiff(columns, names(given))] <- NA
  out[[length(out) + 1]] <<- given[columns]
}
add(record = "data", trial)

for (arm in 0:1) for (missing in names(status)) {
  mine <- trial$arm == arm & !is.na(status[[missing]])
  yes <- mine & status[[missing]] == 1
  no <- mine & status[[missing]] == 0
  lines <- lapply(outcomes, function(name) {
    x <- trial[[name]]
    w <- t.test(x[yes], x[no])
    data.frame(
      record = "by", arm = arm, outcome = name, missing = missing, n = sum(yes & !is.na(x)), n_reference = sum(no & !is.na(x)),
      mean = mean(x[yes], na.rm = TRUE), mean_reference = mean(x[no], na.rm = TRUE), estimate = unname(w$estimate[1] - w$estimate[2]),
      std_error = w$stderr, conf_low = w$conf.int[1], conf_high = w$conf.int[2], statistic = w$statistic, df = w$parameter, p_value = w$p.value,
      rank_p = wilcox.test(x[yes], x[no], exact = FALSE, correct = TRUE)$p.value
    )
  })
  lines <- do.call(rbind, lines)
  rank <- lines$rank_p
  lines$rank_p <- NULL
  add(lines, test = "welch", p_adjusted = p.adjust(lines$p_value, "holm"))
  add(record = "by", arm = arm, outcome = outcomes, missing = missing, test = "mann-whitney", p_value = rank, p_adjusted = p.adjust(rank, "holm"))
}

for (missing in names(status)) {
  d <- transform(trial, responder = status[[missing]])
  lines <- lapply(outcomes, function(name) {
    fit <- lm(reformulate(c("responder", "arm", "age", "site"), name), d)
    used <- d[rownames(model.frame(fit)), ]
    line <- summary(fit)$coefficients["responder", ]
    ends <- confint(fit, "responder")
    data.frame(
      record = "adjust", outcome = name, missing = missing, test = "linear model", n = sum(used$responder == 1), n_reference = sum(used$responder == 0),
      mean = mean(used[[name]][used$responder == 1]), mean_reference = mean(used[[name]][used$responder == 0]), estimate = line[1], std_error = line[2],
      conf_low = ends[1], conf_high = ends[2], statistic = line[3], df = fit$df.residual, p_value = line[4]
    )
  })
  lines <- do.call(rbind, lines)
  add(lines, p_adjusted = p.adjust(lines$p_value, "BH"))
}

for (arm in 0:1) for (name in outcomes) {
  mine <- trial$arm == arm
  improvement <- trial$baseline - trial$madrs
  found <- suppressWarnings(cor.test(trial[[name]][mine], improvement[mine], method = "spearman", exact = FALSE))
  add(
    record = "twin", arm = arm, outcome = name, n = sum(!is.na(trial[[name]][mine]) & !is.na(improvement[mine])), estimate = unname(found$estimate),
    p_value = found$p.value
  )
}

out <- do.call(rbind, out)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) ifelse(is.na(x), NA, formatC(x, digits = 17, format = "g", width = -1)))
write.csv(out, "tests/oracle/responders.csv", row.names = FALSE, quote = FALSE, na = "")
