"""Bytes from devices become a `Batch` of columns; what cannot becomes a dead letter."""
