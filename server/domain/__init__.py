"""Pure rules of the method: no I/O, no clock, no framework."""
