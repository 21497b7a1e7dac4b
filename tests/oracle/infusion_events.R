# Shares over infusions and their contrasts by generalised estimating equations, in R 4.2.2 with
# geepack 1.3.9, of the data that gee.R wrote. Writes infusion_events.csv.
# Run from the repository's root, after gee.R: Rscript tests/oracle/infusion_events.R

library(geepack)

strict <- geese.control(epsilon = 1e-14, maxit = 1000)
fit <- function(formula, d, structure, family = binomial) {
  m <- geeglm(formula, id = subject, data = d, family = family, corstr = structure,
              control = strict, std.err = "san.se")
  summary(m)$coefficients
}
# df: subjects less coefficients, for intervals and p values of Student's t.
add <- function(rows, data, structure, what, coefficient, df) {
  estimate <- coefficient$Estimate
  error <- coefficient$Std.err
  rbind(rows, data.frame(data = data, correlation = structure, what = what,
                         estimate = estimate, std_error = error,
                         p = 2 * pnorm(-abs(estimate / error)), df = df,
                         t_high = estimate + qt(0.975, df) * error,
                         t_p = 2 * pt(-abs(estimate / error), df)))
}

rows <- NULL
all <- read.csv("tests/oracle/gee_data.csv")
for (name in unique(all$data)) {
  d <- all[all$data == name, ]
  n <- length(unique(d$subject))
  n1 <- length(unique(d$subject[d$arm == 1]))
  for (structure in c("independence", "exchangeable")) {
    if (name == "single" && structure == "exchangeable") next
    share <- fit(y ~ 1, d[d$arm == 1, ], structure)
    rows <- add(rows, name, structure, "logit share of arm 1", share[1, ], n1 - 1)
    odds <- fit(y ~ arm, d, structure)
    rows <- add(rows, name, structure, "log odds ratio", odds[2, ], n - 2)
    if (name != "single") {
      trend <- fit(y ~ infusion, d[d$arm == 1, ], structure)
      rows <- add(rows, name, structure, "log odds ratio of the next infusion", trend[2, ], n1 - 2)
    }
    if (structure == "independence") {
      # With one share an arm, the identity link has these equations whatever the variance.
      difference <- fit(y ~ arm, d, structure, gaussian)
      rows <- add(rows, name, structure, "risk difference", difference[2, ], n - 2)
    }
  }
}
options(digits = 15)
write.csv(format(rows, digits = 15, trim = TRUE, scientific = FALSE),
          "tests/oracle/infusion_events.csv", row.names = FALSE, quote = FALSE)
