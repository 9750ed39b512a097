"""Detection measured on the sets of ../shared/data: `lifeline bench scores`."""
