"""Rule packs: weather."""
