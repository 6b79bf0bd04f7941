"""Whole paths through real parts: server process, Chromium, engine, database."""
