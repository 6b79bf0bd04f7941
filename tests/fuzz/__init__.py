"""Fuzzing: `make fuzz` runs each module with a count."""
