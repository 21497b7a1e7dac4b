"""Model formulas as in R: the grammar, the coding of factors, reference grids."""
