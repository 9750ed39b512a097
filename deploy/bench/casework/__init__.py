"""A year of a large city's casework, invented, for measuring what the store does at that size."""
