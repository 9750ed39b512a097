"""`lifeline score`: a recorded table in, each row scored before the next is read, a table out."""
