"""What runs beside requests, in one task group."""
