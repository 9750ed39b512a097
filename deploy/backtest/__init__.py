"""What rules would have done on history: files or the store in, tables and a page out."""
