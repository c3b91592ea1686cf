"""The page of a firm about itself, by a mailed link."""
