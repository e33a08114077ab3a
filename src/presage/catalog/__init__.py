"""What people wrote about what is traded: rows that are the truth, never in the journal."""
