"""Open311 GeoReport v2, as other cities' applications speak it."""
