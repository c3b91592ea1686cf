"""The capability vocabulary: concepts in two languages, what they usually need, and text → concepts."""

from matcher.capabilities.finding import ConceptFinder, Mention, shipped_finder, things_in
from matcher.capabilities.vocabulary import KINDS, Concept, UsualNeed, Vocabulary, open_vocabulary, read_vocabulary

__all__ = [
    "KINDS",
    "Concept",
    "ConceptFinder",
    "Mention",
    "UsualNeed",
    "Vocabulary",
    "open_vocabulary",
    "read_vocabulary",
    "shipped_finder",
    "things_in",
]
