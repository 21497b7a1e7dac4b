"""Small cells: what must not be read in a table, nor worked out from it."""
