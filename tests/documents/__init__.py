"""Schemathesis over our own OpenAPI documents, against a real server."""
