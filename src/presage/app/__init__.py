"""Where everything is put together: settings, construction, serving, the data directory."""
