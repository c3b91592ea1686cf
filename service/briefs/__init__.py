"""Briefs: a file or text that says what a project is, read, compared with what is here, and stored."""
