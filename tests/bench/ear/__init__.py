"""How soon and how well speech becomes lines."""
