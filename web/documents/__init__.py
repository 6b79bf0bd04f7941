"""Documents as files: DOCX in a layout that a study can replace."""
