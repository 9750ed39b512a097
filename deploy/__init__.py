"""Settings, wiring, the command line, the embedded database and broker."""
