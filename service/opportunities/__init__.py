"""Opportunity lists: which projects a firm is told of, when, and how a person releases them."""
