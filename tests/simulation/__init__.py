"""Random traffic against the engine, beside a naive twin that must come to the same results."""
