"""Tables computed from the journal: one module, one question asked of history."""
