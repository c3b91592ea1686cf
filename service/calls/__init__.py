"""Call lists: whom to call for a project, what to ask, and what they said."""
