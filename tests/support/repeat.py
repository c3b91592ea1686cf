"""How often tests do what they do again and again at random."""

import os


def times(number):
    """A number that is enough for every change, and ``REPEAT`` times as many before a release."""
    return number * int(os.environ.get("REPEAT", "1"))
