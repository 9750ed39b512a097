"""The rule packs that ship, a folder a kind; each with its tests beside it."""
