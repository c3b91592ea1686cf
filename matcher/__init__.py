"""Ranks local firms as partners or suppliers for projects, with quoted reasons."""
