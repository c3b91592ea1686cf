"""Why we may write to whom: the ledger that the sender asks for every letter, and its rules."""
