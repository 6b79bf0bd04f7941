"""Shapes that every other package speaks: ids, values, events, errors, the document, the wire."""
