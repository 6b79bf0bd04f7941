"""The search bench: `python -m tests.bench.search`."""
