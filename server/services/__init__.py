"""Use cases: each checks, asks the domain, writes in one unit of work, publishes."""
