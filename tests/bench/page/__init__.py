"""The live page with 3,000 lines and 1,500 annotations, in a real Chromium."""
