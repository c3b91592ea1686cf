"""Projects and their needs."""
