# Crossovers and ascending doses in R 4.2.2: lmer with Kenward-Roger (pbkrtest, expected
# information), t.test, wilcox.test. Writes crossover_data.csv, crossover.csv, dose_data.csv,
# dose_response.csv.  Run from the repository's root: Rscript tests/oracle/crossover.R
#
# pef: peak expiratory flow of 13 children, formoterol (F) and salbutamol (S), quoted, not read again, from
# Senn (2002), Cross-over Trials in Clinical Research, chapter 3: F minus S 46.6 (95 % interval 22.9 to 70.3).

suppressMessages({
  library(lmerTest)
  library(pbkrtest)
})
digits <- function(x) sprintf("%.15g", x)
fs <- matrix(c(310, 270, 310, 260, 370, 300, 410, 390, 250, 210, 380, 350, 330, 365), 2)
sf <- matrix(c(370, 385, 310, 400, 380, 410, 290, 320, 260, 340, 90, 220), 2)
long <- function(m, sequence, name) data.frame(data = name, id = paste0(sequence, rep(seq_len(ncol(m)), each = nrow(m))),
  sequence = sequence, period = rep(seq_len(nrow(m)), ncol(m)), y = as.vector(m))
pef <- rbind(long(fs, "FS", "pef"), long(sf, "SF", "pef"))
set.seed(1972)
two <- do.call(rbind, lapply(1:17, function(i) {
  s <- c("FS", "SF")[1 + (i > 9)]
  base <- rnorm(1, 20, 5)
  y <- round(base + c(0, 1.5) + ifelse(strsplit(s, "")[[1]] == "F", -5, 0) + rnorm(2, 0, 3))
  data.frame(data = "ties", id = sprintf("t%02d", i), sequence = s, period = 1:2, y = y)
}))
gaps <- two[-c(4, 19), ]
gaps$data <- "gaps"
williams <- c("ABDC", "BCAD", "CDBA", "DACB")
four <- do.call(rbind, lapply(1:16, function(i) {
  s <- williams[1 + i %% 4]
  t <- strsplit(s, "")[[1]]
  y <- round(rnorm(1, 50, 8) + c(0, 1, 2, 2) - 4 * (match(t, LETTERS) - 1) + rnorm(4, 0, 4), 1)
  data.frame(data = "williams", id = sprintf("w%02d", i), sequence = s, period = 1:4, y = y)
}))
four <- four[-c(3, 22, 40), ]
all <- rbind(pef, two, gaps, four)
write.csv(all, "tests/oracle/crossover_data.csv", row.names = FALSE, quote = FALSE)

out <- data.frame()
keep <- function(data, method, term, contrast, estimate, se, df, p, low = NA, high = NA) {
  out <<- rbind(out, data.frame(data, method, term, contrast, estimate = digits(estimate),
    std_error = digits(se), df = digits(df), p_value = digits(p), conf_low = digits(low),
    conf_high = digits(high)))
}
ctl <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))
for (name in unique(all$data)) {
  d <- all[all$data == name, ]
  d$treatment <- mapply(function(s, p) substr(s, p, p), d$sequence, d$period)
  reference <- if (name == "williams") "A" else "S"
  d$treatment <- relevel(factor(d$treatment), reference)
  d$period <- factor(d$period)
  fit <- lmer(y ~ sequence + period + treatment + (1 | id), d, control = ctl)
  s <- summary(fit, ddf = "Kenward-Roger")$coefficients
  for (k in grep("^treatment", rownames(s))) {
    keep(name, "mixed", "treatment", sub("treatment", "", rownames(s)[k]), s[k, 1], s[k, 2], s[k, 3], s[k, 5])
  }
  if (name == "williams") next
  wide <- reshape(d[c("id", "sequence", "period", "y")], direction = "wide", idvar = c("id", "sequence"),
    timevar = "period")
  w <- na.omit(wide)
  first <- w$sequence == "SF"
  dif <- w$y.2 - w$y.1
  for (one in list(list("treatment", dif, 2), list("period", ifelse(first, dif, -dif), 2),
    list("carry-over", w$y.1 + w$y.2, 1))) {
    v <- one[[2]] / one[[3]]
    t <- t.test(v[first], v[!first], var.equal = TRUE)
    keep(name, "t", one[[1]], "", diff(rev(t$estimate)), t$stderr, t$parameter, t$p.value, t$conf.int[1], t$conf.int[2])
    x <- suppressWarnings(wilcox.test(v[first], v[!first]))
    if (!any(duplicated(v))) keep(name, "rank", one[[1]], "", NA, NA, NA, x$p.value)
    if (any(duplicated(v))) {
      p <- coin::pvalue(coin::wilcox_test(v ~ factor(!first), distribution = "exact"))
      keep(name, "rank", one[[1]], "", NA, NA, NA, as.numeric(p))
    }
  }
  e <- ifelse(first, dif, -dif)
  t <- t.test(e)
  keep(name, "paired", "treatment", "", t$estimate, t$stderr, t$parameter, t$p.value, t$conf.int[1], t$conf.int[2])
}
write.csv(out, "tests/oracle/crossover.csv", row.names = FALSE, quote = FALSE, na = "")

doses <- c(0, 0.25, 0.5, 1)
dose <- do.call(rbind, lapply(1:12, function(i) data.frame(data = "ascending", id = sprintf("d%02d", i),
  dose = doses, y = round(rnorm(1, 60, 9) - 18 * doses + rnorm(4, 0, 5)))))
less <- dose[-c(8, 12, 23, 24), ]
less$data <- "gaps"
dose <- rbind(dose, less)
write.csv(dose, "tests/oracle/dose_data.csv", row.names = FALSE, quote = FALSE)
out <- data.frame()
for (name in unique(dose$data)) {
  d <- dose[dose$data == name, ]
  d$level <- factor(d$dose)
  models <- list(linear = lmer(y ~ dose + (1 | id), d, control = ctl),
    log2 = lmer(y ~ log2(dose) + (1 | id), d[d$dose > 0, ], control = ctl),
    levels = lmer(y ~ level + (1 | id), d, control = ctl))
  for (m in names(models)) {
    s <- summary(models[[m]], ddf = "Kenward-Roger")$coefficients
    for (k in 2:nrow(s)) keep(name, m, rownames(s)[k], "", s[k, 1], s[k, 2], s[k, 3], s[k, 5])
  }
  test <- KRmodcomp(models$levels, models$linear)
  keep(name, "departure", "departure", "", test$stats$Fstat, NA, test$stats$ddf, test$stats$p.value)
}
write.csv(out, "tests/oracle/dose_response.csv", row.names = FALSE, quote = FALSE, na = "")
