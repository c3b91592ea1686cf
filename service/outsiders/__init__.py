"""What leaves the chamber about a project: a look at it before, a briefing, a table."""
