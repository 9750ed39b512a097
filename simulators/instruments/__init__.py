"""What stands in the district, a file a kind; each yields its devices."""
