"""Staff, their sessions, and API keys of programs."""
