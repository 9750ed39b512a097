"""Rule packs: gas."""
