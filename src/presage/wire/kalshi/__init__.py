"""JSON shapes of Kalshi's trade API, one module a topic."""
