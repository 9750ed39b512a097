"""Rule packs: power."""
