"""Set-up in the browser, the chamber, and the sample data."""
