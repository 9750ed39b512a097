"""Cities that publish bytes as real devices do, faults included."""
