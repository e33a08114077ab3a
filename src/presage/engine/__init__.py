"""The exchange's decisions: a pure function from state and command to facts or a reject."""
