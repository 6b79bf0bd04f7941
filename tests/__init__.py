"""Tests mirror the packages; journeys and fuzzing have folders of their own."""
