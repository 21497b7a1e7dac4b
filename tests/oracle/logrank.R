# Log-rank tests of R's survival, with the data they come from.
# Run: Rscript tests/oracle/logrank.R   (R 4.2.2, survival 3.5-3; writes logrank.csv)
library(survival)

i <- 1:90
data_sets <- list(
  aml = data.frame(time = aml$time, status = aml$status, group = as.integer(aml$x == "Nonmaintained"), stratum = seq_along(aml$time) %% 2),
  ties = data.frame(
    time = c(7, 14, 21, 28)[(i * 7) %% 4 + 1], status = as.integer((i * 11) %% 7 > 1),
    group = (i * 3) %% 5 %/% 2, stratum = i %% 3
  ),
  rounding = data.frame(
    time = c(0.1 + 0.2, 0.3, 0.5, 0.7, 0.1 + 0.6, 1.1 + 2.2, 3.3, 4),
    status = c(1, 1, 0, 1, 1, 1, 1, 0), group = c(0, 1, 0, 1, 0, 1, 0, 1), stratum = c(0, 0, 1, 1, 1, 0, 0, 1)
  ),
  unbalanced = data.frame(
    time = (i * 37) %% 101 + 1, status = as.integer((i * 5) %% 9 > 3),
    group = as.integer(i %% 18 == 0), stratum = as.integer(i > 45)
  ),
  one_event = data.frame(time = c(4, 6, 6, 9, 12, 15), status = c(0, 0, 1, 0, 0, 0), group = c(0, 0, 1, 1, 0, 1), stratum = c(0, 1, 0, 1, 0, 1)),
  no_event_in_a_group = data.frame(time = c(1, 2, 3, 4, 5, 6, 7), status = c(1, 0, 1, 0, 1, 0, 0), group = c(0, 1, 0, 1, 0, 1, 1), stratum = c(0, 0, 1, 1, 0, 1, 0)),
  never_at_risk = data.frame(time = c(1, 1, 5, 6, 7, 8), status = c(0, 0, 1, 1, 1, 0), group = c(2, 2, 0, 1, 0, 1), stratum = c(0, 1, 0, 0, 1, 1)),
  four_groups = data.frame(time = ceiling(abs(sin(i)) * 80), status = as.integer(cos(3 * i) > -0.4), group = i %% 4, stratum = (i * 7) %% 6 %/% 3)
)

columns <- c("dataset", "record", "time", "status", "entry", "group", "stratum", "column", "value", "df", "p_value")
rows <- list()
add <- function(dataset, record, ...) {
  given <- data.frame(dataset = dataset, record = record, ..., stringsAsFactors = FALSE)
  given[setdiff(columns, names(given))] <- NA
  rows[[length(rows) + 1]] <<- given[columns]
}
total <- function(x) if (is.matrix(x)) rowSums(x) else x

for (name in names(data_sets)) {
  d <- data_sets[[name]]
  k <- max(d$group) + 1
  add(name, "data", time = d$time, status = d$status, group = d$group, stratum = d$stratum)
  for (kind in c("test", "stratified")) {
    test <- if (kind == "test") survdiff(Surv(time, status) ~ group, d)
            else survdiff(Surv(time, status) ~ group + strata(stratum), d)
    df <- sum(total(test$exp) > 0) - 1
    add(name, paste0(kind, "_observed"), group = 0:(k - 1), value = total(test$obs))
    add(name, paste0(kind, "_expected"), group = 0:(k - 1), value = total(test$exp))
    add(name, paste0(kind, "_variance"),
      group = rep(0:(k - 1), times = k), column = rep(0:(k - 1), each = k), value = as.vector(test$var)
    )
    add(name, kind, value = test$chisq, df = df, p_value = pchisq(test$chisq, df, lower.tail = FALSE))
  }
}

# survdiff takes no late entry: the score test of the Cox model (exact partial likelihood) is the log-rank test.
j <- 1:40
late <- data.frame(
  time = 12 + (j * 17) %% 23, status = as.integer((j * 5) %% 8 > 2),
  entry = ifelse(j %% 3 == 0, 0, (j * 7) %% 11 + 2 * (j %% 2)), group = as.integer((j * 3) %% 7 > 3)
)
late$entry[c(5, 11, 17, 23)] <- late$time[c(5, 11, 17, 23)] - 1
add("entries", "data", time = late$time, status = late$status, entry = late$entry, group = late$group)
score <- coxph(Surv(entry, time, status) ~ group, late, ties = "exact")$score
add("entries", "test", value = score, df = 1, p_value = pchisq(score, 1, lower.tail = FALSE))
late$untied <- late$time + j / 100
score <- coxph(Surv(entry, untied, status) ~ group, late, ties = "breslow")$score
add("entries_untied", "data", time = late$untied, status = late$status, entry = late$entry, group = late$group)
add("entries_untied", "test", value = score, df = 1, p_value = pchisq(score, 1, lower.tail = FALSE))

out <- do.call(rbind, rows)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) ifelse(is.na(x), NA, formatC(x, digits = 17, format = "g", width = -1)))
write.csv(out, "tests/oracle/logrank.csv", row.names = FALSE, quote = FALSE, na = "")
