"""Rule packs: noise."""
