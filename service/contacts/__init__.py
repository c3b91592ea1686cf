"""People at firms and projects: seen by staff only, never indexed, quoted or logged."""
