"""The page of a backtest: one file that needs no network."""
