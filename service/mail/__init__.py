"""Letters: made, kept until they may go, signed links in them, and the sender."""
