"""Measurements of the exchange, side by side in one run: `./x bench`."""
