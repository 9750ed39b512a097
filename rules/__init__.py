"""Rule packs and the engine that turns scores into events."""
