"""Rule packs: cover."""
