"""The channels, one noun per file: who listens, and what committed facts mean to them."""
