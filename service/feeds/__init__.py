"""Calendars, feeds, files and hooks for other programs."""
