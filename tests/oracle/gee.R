# Logistic models by generalised estimating equations, in R 4.2.2 with geepack 1.3.9.
# Writes gee_data.csv (one row an infusion) and gee.csv (one row a coefficient).
# Run from the repository's root: Rscript tests/oracle/gee.R

library(geepack)

pseudo <- function(i, k) ((i * 7919 + k * 104729 + i * i * 31) %% 1009) / 1009

# Equal sizes with ties; unbalanced, 1 to 9 infusions; one infusion each; a rare outcome.
equal <- data.frame(data = "equal", subject = rep(1:24, each = 6))
sizes <- rep(c(1, 9, 2, 2, 7, 1, 5, 3, 6, 4, 1, 8), 3)
unbalanced <- data.frame(data = "unbalanced", subject = rep(seq_along(sizes), sizes))
single <- data.frame(data = "single", subject = 1:60)
rare <- data.frame(data = "rare", subject = rep(1:40, each = 5))
frames <- list(equal, unbalanced, single, rare)
cuts <- c(equal = 0.55, unbalanced = 0.5, single = 0.6, rare = 0.92)
for (f in seq_along(frames)) {
  d <- frames[[f]]
  i <- seq_len(nrow(d))
  d$infusion <- ave(i, d$subject, FUN = seq_along)
  d$arm <- d$subject %% 2
  tendency <- 0.6 * pseudo(d$subject, f) + 0.4 * pseudo(i, f + 7)
  d$y <- as.numeric(tendency + 0.12 * d$arm - 0.02 * d$infusion > cuts[[d$data[1]]] - 0.1)
  frames[[f]] <- d
}

# Mancl and DeRouen's variance, written out from their equation (3).
mancl_derouen <- function(model, d, alpha) {
  x <- model.matrix(model)
  p <- fitted(model)
  parts <- lapply(split(seq_along(p), d$subject), function(own) {
    a <- p[own] * (1 - p[own])
    m <- length(own)
    r <- matrix(alpha, m, m)
    diag(r) <- 1
    v <- diag(sqrt(a), m) %*% r %*% diag(sqrt(a), m)
    list(d = x[own, , drop = FALSE] * a, v = solve(v), e = d$y[own] - p[own])
  })
  bread <- solve(Reduce(`+`, lapply(parts, function(s) t(s$d) %*% s$v %*% s$d)))
  meat <- Reduce(`+`, lapply(parts, function(s) {
    h <- s$d %*% bread %*% t(s$d) %*% s$v
    u <- t(s$d) %*% s$v %*% solve(diag(nrow(h)) - h, s$e)
    u %*% t(u)
  }))
  sqrt(diag(bread %*% meat %*% bread))
}

rows <- NULL
strict <- geese.control(epsilon = 1e-14, maxit = 1000)
for (d in frames) {
  formula <- if (d$data[1] == "single") y ~ arm else y ~ arm + infusion
  for (structure in c("independence", "exchangeable")) {
    if (d$data[1] == "single" && structure == "exchangeable") next
    model <- geeglm(formula, id = subject, data = d, family = binomial,
                    corstr = structure, control = strict, std.err = "san.se")
    alpha <- if (structure == "exchangeable") summary(model)$corr$Estimate else 0
    found <- summary(model)$coefficients
    rows <- rbind(rows, data.frame(
      data = d$data[1], correlation = structure, term = rownames(found),
      estimate = found$Estimate, std_error = found$Std.err,
      mancl_derouen = mancl_derouen(model, d, alpha), alpha = alpha,
      scale = model$geese$gamma[[1]]
    ))
  }
}
options(digits = 15)
write.csv(do.call(rbind, frames), "tests/oracle/gee_data.csv", row.names = FALSE, quote = FALSE)
write.csv(format(rows, digits = 15, trim = TRUE, scientific = FALSE), "tests/oracle/gee.csv",
          row.names = FALSE, quote = FALSE)
