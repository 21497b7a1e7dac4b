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

# Variances for few subjects, written out from Mancl and DeRouen (2001), equation (3), and
# Kauermann and Carroll (2001): residuals made up by (I - H)^-1, and by (I - H)^-1/2. The root is
# taken from the eigenvectors of H, which is not symmetric.
power <- function(m, p) {
  e <- eigen(m)
  Re(e$vectors %*% diag(e$values^p, nrow(m)) %*% solve(e$vectors))
}
made_up <- function(model, d, alpha, p) {
  x <- model.matrix(model)
  share <- fitted(model)
  parts <- lapply(split(seq_along(share), d$subject), function(own) {
    a <- share[own] * (1 - share[own])
    m <- length(own)
    r <- matrix(alpha, m, m)
    diag(r) <- 1
    v <- diag(sqrt(a), m) %*% r %*% diag(sqrt(a), m)
    list(d = x[own, , drop = FALSE] * a, v = solve(v), e = d$y[own] - share[own])
  })
  bread <- solve(Reduce(`+`, lapply(parts, function(s) t(s$d) %*% s$v %*% s$d)))
  meat <- Reduce(`+`, lapply(parts, function(s) {
    h <- s$d %*% bread %*% t(s$d) %*% s$v
    u <- t(s$d) %*% s$v %*% power(diag(nrow(h)) - h, -p) %*% s$e
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
      mancl_derouen = made_up(model, d, alpha, 1),
      kauermann_carroll = made_up(model, d, alpha, 1 / 2), alpha = alpha,
      scale = model$geese$gamma[[1]]
    ))
  }
}
options(digits = 15)
write.csv(do.call(rbind, frames), "tests/oracle/gee_data.csv", row.names = FALSE, quote = FALSE)
write.csv(format(rows, digits = 15, trim = TRUE, scientific = FALSE), "tests/oracle/gee.csv",
          row.names = FALSE, quote = FALSE)
