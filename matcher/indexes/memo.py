"""Arrays that were worked out before, kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

import numpy as np

Arrays = tuple[np.ndarray, ...]


class Memo:
    """The arrays of the keys used last, at most so many bytes of them; for many threads.

    An officer asks for the same few projects again and again, with other filters: what does not depend on the
    filters is worked out once.
    """

    def __init__(self, most_bytes: int) -> None:
        """Keep at most ``most_bytes`` bytes of arrays."""
        self._most, self._held = most_bytes, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Arrays] = OrderedDict()

    def has(self, keys: Sequence[Hashable]) -> bool:
        """Whether the arrays of all keys are kept."""
        with self._lock:
            return all(key in self._kept for key in keys)

    def get(self, keys: Sequence[Hashable], make: Callable[[list[int]], Sequence[Arrays]]) -> list[Arrays]:
        """Arrays of some keys; those that are not kept are made, all at once.

        Args:
            keys: one a result.
            make: given the places in ``keys`` that are missing, returns their arrays, which nobody may write to.
        """
        with self._lock:
            found = [self._kept.get(key) for key in keys]
            for key, arrays in zip(keys, found, strict=True):
                if arrays is not None:
                    self._kept.move_to_end(key)
        missing = [place for place, arrays in enumerate(found) if arrays is None]
        # Made without the lock: two threads may make the same arrays, but none waits for another's.
        made = dict(zip(missing, make(missing), strict=True)) if missing else {}
        self._keep([(keys[place], arrays) for place, arrays in made.items()])
        return [made[place] if arrays is None else arrays for place, arrays in enumerate(found)]

    def _keep(self, items: Sequence[tuple[Hashable, Arrays]]) -> None:
        with self._lock:
            for key, arrays in items:
                if key not in self._kept:
                    self._kept[key] = arrays
                    self._held += _size(arrays)
            while self._held > self._most and self._kept:
                self._held -= _size(self._kept.popitem(last=False)[1])


def _size(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays)
