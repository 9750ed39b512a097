"""HTTP: intake, queries, live stream and the page."""
