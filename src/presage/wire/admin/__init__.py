"""JSON shapes of the operator API. Requests refuse keys that they do not know."""
