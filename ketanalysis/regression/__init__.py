"""Models of an outcome by covariates: their columns, and logistic regression."""
