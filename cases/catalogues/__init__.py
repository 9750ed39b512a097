"""Data: code lists with their filing conditions, one file a list and version."""
