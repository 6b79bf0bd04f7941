"""Measurements: each prints a table, writes JSON, names the bars it missed and ends with 1 if any."""
