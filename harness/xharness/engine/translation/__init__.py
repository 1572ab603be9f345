"""Machine translation of rows."""
