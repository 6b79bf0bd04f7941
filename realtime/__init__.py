"""Rooms: shared documents edited together, checked, logged and fanned out."""
