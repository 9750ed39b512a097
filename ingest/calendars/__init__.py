"""Data: public holidays and the weekend days worked in exchange, one file a year."""
