"""OGC SensorThings 1.1 (18-088), to be read by those who know that and nothing of us."""
