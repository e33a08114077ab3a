"""Kalshi's trade API v2: `/trade-api/v2` and its stream, every generation of it at once.

Modules here are named after the API's own topics. They translate; the rules live below.
"""
