"""Rule packs: health."""
