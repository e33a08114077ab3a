"""The exchange's vocabulary: commands, facts, rejects, and the rules that need no state."""
