"""Readers of files from outside: what they hold, and what was refused and why."""
