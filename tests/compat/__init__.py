"""Other people's clients, recorded replies and published schemas against a real server."""
