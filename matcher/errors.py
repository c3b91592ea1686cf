"""The error tree of the library.

::

    MatcherError
    ├── SourceError            a file or text that cannot be read
    │   └── RowError           one bad row of a file: line, field, value, reason
    ├── UnknownRecord          a firm, project or need id that is not in the library
    ├── ArtifactError          a built folder (index, encoder) that cannot be used
    │   ├── ArtifactMissing    it is not there
    │   └── ArtifactMismatch   it is there but does not fit: schema, dimension, checksum
    ├── EncoderError           a model that cannot be loaded or does not give vectors
    └── NotFitted              asked before it was built

A wrong argument in code is ``ValueError``. Every message says what, what was expected, what came and the cure.
"""


class MatcherError(Exception):
    """Base of everything this library raises on purpose."""


class SourceError(MatcherError):
    """A file or text cannot be read at all."""


class RowError(SourceError):
    """One row of a file is refused.

    Attributes:
        line: line (or sheet row) number from 1.
        field: the column or key at fault.
        value: what stood there, shortened; never contact data.
        reason: what was expected and the cure.
    """

    def __init__(self, line: int, field: str, value: str, reason: str) -> None:
        """Keep the four parts beside the message."""
        super().__init__(f"line {line}: {field} {value!r}: {reason}")
        self.line, self.field, self.value, self.reason = line, field, value, reason


class UnknownRecord(MatcherError):
    """An id that names nothing in the library."""


class ArtifactError(MatcherError):
    """A built folder cannot be used."""


class ArtifactMissing(ArtifactError):
    """A built folder or one of its files is not there."""


class ArtifactMismatch(ArtifactError):
    """A built folder does not fit what reads it."""


class EncoderError(MatcherError):
    """A model cannot be loaded or does not give vectors."""


class NotFitted(MatcherError):
    """Something was asked before it was built."""
