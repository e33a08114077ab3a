"""The command line: what a person types. It talks HTTP, except where it starts an exchange."""
