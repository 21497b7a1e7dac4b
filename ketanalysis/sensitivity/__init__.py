"""One question under many rules, visits and handlings of missing scores."""
