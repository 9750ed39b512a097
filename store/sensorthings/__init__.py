"""Devices, channels and readings as the entities of OGC SensorThings 1.1, read by composed SQL."""
