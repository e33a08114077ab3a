"""Views: memory folded from committed facts, for reads of how things stand now."""
