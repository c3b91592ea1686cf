"""Readers: firm directories, JSON lines, briefs and open-data profiles become firms, projects and reports."""
