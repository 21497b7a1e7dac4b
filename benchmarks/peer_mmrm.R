# The mixed model by R's mmrm with emmeans' contrasts at every visit.
#
#   Rscript peer_mmrm.R SCORES.csv Satterthwaite|Kenward-Roger

missing <- Filter(function(p) !requireNamespace(p, quietly = TRUE), c("mmrm", "emmeans"))
if (length(missing)) {
  cat(sprintf('{"not_run": "no R package %s"}\n', paste(missing, collapse = ", ")))
  quit(status = 0)
}
suppressMessages({
  library(mmrm)
  library(emmeans)
})
given <- commandArgs(TRUE)
d <- read.csv(given[1], stringsAsFactors = TRUE)
start <- Sys.time()
m <- mmrm(CHG ~ BASE * AVISIT + ARM * AVISIT + us(AVISIT | USUBJID), d, method = given[2])
e <- as.data.frame(contrast(emmeans(m, ~ ARM | AVISIT), "revpairwise"))
seconds <- as.numeric(Sys.time() - start, units = "secs")
rows <- sprintf("[%.17g,%.17g]", e$estimate, e$SE)
cat(sprintf('{"seconds": [%.6f], "peak": null, "answer": [%s]}\n', seconds,
            paste(rows, collapse = ",")))
