"""What others published: figures with their sources, a curve beside them, proportions pooled."""
