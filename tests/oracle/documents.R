# What R gives for the R blocks of docs/for-r-users.md and docs/differs-from-r.md.
# Run from the root of the repository: Rscript tests/oracle/documents.R
# A block that is marked run="no" is for the reader only; the last value of every other block is
# written, number by number, with the section in which it stands.

options(warn = -1, digits = 15)
suppressMessages({
  library(survival)
  library(coin)
})
out <- file.path(getwd(), "tests", "oracle", "documents.csv")
if (length(commandArgs(TRUE))) out <- commandArgs(TRUE)[1]
docs <- file.path(getwd(), "docs")

numbers_of <- function(code) {
  here <- new.env(parent = globalenv())
  value <- NULL
  for (one in parse(text = code)) value <- eval(one, here)
  as.numeric(unlist(value))
}

blocks_of <- function(page) {
  lines <- readLines(file.path(docs, page), encoding = "UTF-8")
  section <- ""
  place <- 0
  held <- NULL
  inside <- ""
  found <- list()
  for (line in lines) {
    if (inside == "" && grepl("^#{2,3} ", line)) {
      section <- sub("^#+ ", "", line)
      place <- 0
    } else if (inside == "" && grepl("^```", line)) {
      inside <- line
      held <- character()
    } else if (inside != "" && grepl("^```\\s*$", line)) {
      if (grepl("^```r", inside) && !grepl('run="no"', inside)) {
        place <- place + 1
        found[[length(found) + 1]] <- list(section = section, place = place, code = held)
      }
      inside <- ""
    } else {
      held <- c(held, line)
    }
  }
  found
}

rows <- NULL
for (page in c("for-r-users", "differs-from-r")) {
  for (block in blocks_of(paste0(page, ".md"))) {
    before <- setwd(file.path(docs, "data"))
    value <- numbers_of(block$code)
    setwd(before)
    rows <- rbind(rows, data.frame(
      page = page, section = block$section, place = block$place, number = seq_along(value),
      value = trimws(formatC(value, digits = 17, format = "g"))
    ))
  }
}
write.csv(rows, out, row.names = FALSE, quote = TRUE)
