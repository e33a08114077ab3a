"""Faults on purpose, and what must still be true after each: one module a kind of fault."""
