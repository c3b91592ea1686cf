"""API keys of staff and programs."""
