"""Templates, browser client, styles, translations."""
