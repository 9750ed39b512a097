"""What goes wrong in the district, and what only looks like it; each returns its own truth."""
