"""What staff think of matches: kept with what was shown, undone at any time, exported as judgements."""
