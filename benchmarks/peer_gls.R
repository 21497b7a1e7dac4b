# The mixed model by R's nlme::gls: estimates and standard errors, without degrees of freedom.
#
#   Rscript peer_gls.R SCORES.csv

if (!requireNamespace("nlme", quietly = TRUE)) {
  cat('{"not_run": "no R package nlme"}\n')
  quit(status = 0)
}
suppressMessages(library(nlme))
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)
d$k <- as.integer(d$AVISIT)
start <- Sys.time()
m <- gls(CHG ~ BASE * AVISIT + ARM * AVISIT, d, correlation = corSymm(form = ~ k | USUBJID),
         weights = varIdent(form = ~ 1 | AVISIT), method = "REML")
b <- coef(m)
arm <- match("ARMb", names(b))
rows <- lapply(levels(d$AVISIT), function(v) {
  l <- setNames(numeric(length(b)), names(b))
  l[arm] <- 1
  both <- paste0("AVISIT", v, ":ARMb")
  if (both %in% names(l)) l[both] <- 1
  c(sum(l * b), sqrt(drop(l %*% vcov(m) %*% l)))
})
seconds <- as.numeric(Sys.time() - start, units = "secs")
cat(sprintf('{"seconds": [%.6f], "peak": null, "answer": [%s]}\n', seconds,
            paste(sapply(rows, function(r) sprintf("[%.17g,%.17g]", r[1], r[2])), collapse = ",")))
