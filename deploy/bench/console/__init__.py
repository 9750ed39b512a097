"""The console in a real browser, over a city with as many sensors and cases as a large one has."""
