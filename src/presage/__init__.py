"""Presage: a prediction-market exchange that anyone can run, and the Python client for it.

The package holds nothing but its version; the floors below it say what they decide, and
ARCHITECTURE.md shows how they stand on each other.
"""

__version__ = "0.1.0"
