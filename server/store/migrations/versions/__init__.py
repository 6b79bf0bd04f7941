"""One module per schema change, in a line."""
