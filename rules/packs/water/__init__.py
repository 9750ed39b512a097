"""Rule packs: water."""
