"""Firms and their statements."""
