"""Calendars, feeds and files by a private address."""
