"""What came of it all, for a period: one page, its rows, and the page as a PDF."""
