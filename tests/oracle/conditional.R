# A later outcome given an earlier one, and the responder curve, in R 4.2.2, from raw scores.
# Reads rates_data.csv (made by rates.R); writes conditional.csv and responder_curve.csv.
# Run from the repository's root: Rscript tests/oracle/conditional.R

data <- read.csv(file.path("tests", "oracle", "rates_data.csv"))
data$tenths <- round(10 * data$score) # whole numbers, so that every comparison is exact
orders <- list(
  boundary = c("placebo", "ketamine"), gaps = c("placebo", "ketamine"),
  unbalanced = c("placebo", "ketamine", "esketamine")
)
carried <- function(scores) {
  for (j in 2:ncol(scores)) {
    gap <- is.na(scores[, j])
    scores[gap, j] <- scores[gap, j - 1]
  }
  scores
}
judged <- function(base, met) ifelse(is.na(base) | base <= 0, NA, met)
rules <- list(
  half_given_fifth = list(
    function(b, s) judged(b, 100 * (b - s) >= 50 * b), function(b, s) judged(b, 100 * (b - s) >= 20 * b)
  ),
  remission_given_half = list(
    function(b, s) s <= 120, function(b, s) judged(b, 100 * (b - s) >= 50 * b)
  )
)
written <- function(rows, file) {
  numbers <- vapply(rows, is.double, TRUE)
  rows[numbers] <- lapply(rows[numbers], formatC, digits = 17, format = "g")
  rows[] <- lapply(rows, function(x) ifelse(is.na(x) | trimws(x) %in% c("NA", "NaN"), "", trimws(x)))
  write.csv(rows, file.path("tests", "oracle", file), row.names = FALSE, quote = FALSE)
}

cells <- curves <- areas <- NULL
for (trial in names(orders)) {
  long <- data[data$trial == trial, ]
  wide <- tapply(long$tenths, list(long$id, long$visit), identity)
  arm <- tapply(long$arm, long$id, unique)
  base <- wide[, 1]
  for (missing in c("observed", "locf", "nri")) {
    s <- if (missing == "locf") carried(wide[, -1]) else wide[, -1]
    for (rule in names(rules)) for (group in orders[[trial]]) {
      late <- rules[[rule]][[1]](base, s[, 4])[arm == group]
      early <- rules[[rule]][[2]](base, s[, 1])[arm == group]
      if (missing == "nri") {
        late <- late %in% TRUE
        early <- early %in% TRUE
      }
      known <- !is.na(late) & !is.na(early)
      t <- table(
        factor(early[known], c(TRUE, FALSE)), factor(late[known], c(TRUE, FALSE))
      )
      shares <- rbind(
        given = c(t[1, 1], sum(t[1, ])), `not given` = c(t[2, 1], sum(t[2, ])),
        sensitivity = c(t[1, 1], sum(t[, 1])), specificity = c(t[2, 2], sum(t[, 2])),
        `positive predictive value` = c(t[1, 1], sum(t[1, ])),
        `negative predictive value` = c(t[2, 2], sum(t[2, ]))
      )
      for (measure in rownames(shares)) {
        x <- shares[measure, 1]
        n <- shares[measure, 2]
        e <- if (n > 0) binom.test(x, n)$conf.int else c(NA, NA)
        cells <- rbind(cells, data.frame(
          trial, rule, missing, arm = group, measure, count = x, n = n, estimate = if (n > 0) x / n else NA,
          conf_low = e[1], conf_high = e[2]
        ))
      }
      if (all(rowSums(t) > 0)) {
        test <- suppressWarnings(prop.test(t[, 1], rowSums(t), correct = FALSE))
        cells <- rbind(cells, data.frame(
          trial, rule, missing, arm = group, measure = "risk difference", count = NA, n = NA,
          estimate = unname(test$estimate[1] - test$estimate[2]),
          conf_low = test$conf.int[1], conf_high = test$conf.int[2]
        ))
      }
    }

    # The responder curve at visit 4: exact counts, and areas as rectangles under the steps.
    gains <- list()
    for (group in orders[[trial]]) {
      own <- arm == group
      b <- base[own]
      x <- s[own, 4]
      usable <- !is.na(b) & b > 0 & !is.na(x)
      n <- if (missing == "nri") sum(own) else sum(usable)
      count <- sapply(0:100, function(t) sum(100 * (b - x)[usable] >= t * b[usable]))
      curves <- rbind(curves, data.frame(
        trial, missing, arm = group, per_cent = 0:100, count = count, n = n
      ))
      gain <- rep(0, n)
      gain[seq_len(sum(usable))] <- pmin(1, pmax(0, ((b - x) / b)[usable]))
      gains[[group]] <- gain
      knots <- sort(unique(c(0, gain, 1)))
      above <- 1 - ecdf(gain)(knots[-length(knots)]) # share above each knot, up to the next
      areas <- rbind(areas, data.frame(
        trial, missing, arm = group, measure = "mean", estimate = sum(diff(knots) * above),
        conf_low = NA, conf_high = NA
      ))
    }
    for (group in orders[[trial]][-1]) {
      first <- gains[[orders[[trial]][1]]]
      test <- t.test(gains[[group]], first)
      areas <- rbind(areas, data.frame(
        trial, missing, arm = group, measure = "area", estimate = mean(gains[[group]]) - mean(first),
        conf_low = test$conf.int[1], conf_high = test$conf.int[2]
      ))
    }
  }
}
written(cells, "conditional.csv")
written(curves, "responder_curve.csv")
written(areas, "responder_area.csv")
