"""JSON shapes of the public APIs, and nothing else."""
