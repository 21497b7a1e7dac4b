"""The mixed model for repeated measures: covariance, likelihood, degrees of freedom, means."""
