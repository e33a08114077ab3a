"""JSON shapes of the site API, one file a noun, in camelCase; nothing here knows the exchange."""
