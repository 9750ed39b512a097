"""Streaming detectors: a `Batch` in, a score a row out, 1.0 at the detector's own limit."""
