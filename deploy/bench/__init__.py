"""Benchmarks: each prints what was reached, beside the limit of the machine."""
