"""Rule packs: flood."""
