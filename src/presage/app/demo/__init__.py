"""Content to look at and trade in on a fresh exchange: our own, about nothing in particular."""
