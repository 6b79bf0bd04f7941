"""All SQL, one module per aggregate, returning domain values."""
