"""Answers that firms give by the links of their letters, without signing in."""
