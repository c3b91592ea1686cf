"""The question that settles a need, as an officer would put it on the telephone, in English or French."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from matcher.capabilities import Concept, shipped_finder
from matcher.types import Need, NeedMatch, NeedRole, NeedState, Origin

# By kind of what is asked for. "part" is a piece of the project's own text, "supply" and "join" a need in free words.
_ASK = {
    "en": {
        "process": "Do you do {} in-house?",
        "service": "Do you offer {}?",
        "software": "Do you offer {}?",
        "technology": "Do you work with {}?",
        "industry": "Have you worked for this industry: {}?",
        "certificate": "Do you hold {}, or could you?",
        "quality_system": "Do you work to {}, or could you?",
        "product": "Do you make or supply this: {}?",
        "part": "Have you done work of this kind: {}?",
        "supply": "Could you supply this: {}?",
        "join": "Would you take part in this: {}?",
    },
    "fr": {
        "process": "Faites-vous ceci dans vos ateliers : {} ?",
        "service": "Offrez-vous ceci : {} ?",
        "software": "Offrez-vous ceci : {} ?",
        "technology": "Travaillez-vous avec ceci : {} ?",
        "industry": "Avez-vous travaillé pour ce secteur : {} ?",
        "certificate": "Détenez-vous ceci, ou pourriez-vous l’obtenir : {} ?",
        "quality_system": "Travaillez-vous selon ceci, ou le pourriez-vous : {} ?",
        "product": "Fabriquez-vous ou fournissez-vous ceci : {} ?",
        "part": "Avez-vous déjà fait un travail de ce genre : {} ?",
        "supply": "Pourriez-vous fournir ceci : {} ?",
        "join": "Prendriez-vous part à ceci : {} ?",
    },
}
_DETAIL = {
    "en": {
        "material": "in",
        "size": "of size",
        "tolerance": "to a tolerance of",
        "quantity": "in a quantity of",
        "certificate": "with",
        "by": "by",
    },
    "fr": {
        "material": "matériau :",
        "size": "dimensions :",
        "tolerance": "tolérance :",
        "quantity": "quantité :",
        "certificate": "avec",
        "by": "d’ici :",
    },
}


def ask_about(need: Need, lang: str = "en") -> str:
    """The question that would settle a need.

    Args:
        need: stated or guessed; material, size, tolerance, quantity, certificate and day follow in brackets.
        lang: ``fr`` for French, anything else is English.
    """
    lang = "fr" if lang == "fr" else "en"
    concept = concept_of(need.text)
    if concept is not None:
        kind = concept.kind if concept.kind in _ASK[lang] else "product"
    elif need.origin is Origin.INFERRED and need.role is NeedRole.EITHER:
        kind = "part"
    else:
        kind = "join" if need.role is NeedRole.PARTNER else "supply"
    details = [f"{word} {value}" for name, word in _DETAIL[lang].items() if (value := getattr(need, name))]
    words = need_words(need, lang) + (f" ({', '.join(details)})" if details else "")
    return _ASK[lang][kind].format(words)


def need_words(need: Need, lang: str = "en") -> str:
    """The words of a need; a guess that is a label of the vocabulary stands in the language asked for."""
    concept = concept_of(need.text) if need.origin is Origin.INFERRED else None
    if lang == "fr" and concept is not None:
        return concept.fr[0]
    return need.text.rstrip(".?! ")


def first_questions(needs: Sequence[NeedMatch], n: int = 3) -> tuple[str, ...]:
    """What to ask a firm first, of all that its profile leaves open.

    Args:
        needs: of one match.
        n: most questions; nobody answers twelve on the telephone.

    Returns:
        Questions about what a person wrote, then about what such a project usually needs, the most needed first, and
        last about pieces of the project's text; each once.
    """

    def turn(need: NeedMatch) -> int:
        if need.origin is Origin.STATED:
            return 0
        return 2 if need.role is NeedRole.EITHER else 1

    # What is guessed of the firm is nearer to a yes than what is not known of it.
    order = sorted(
        (need for need in needs if need.ask), key=lambda need: (turn(need), need.state is NeedState.NOT_KNOWN)
    )
    return tuple(dict.fromkeys(need.ask for need in order if need.ask))[:n]


@lru_cache(maxsize=65_536)
def concepts_in(text: str) -> frozenset[str]:
    """Concepts that a passage names, and all that are broader: who welds by laser welds."""
    finder = shipped_finder()
    named = finder.concepts(text)
    return frozenset(named).union(*(finder.vocabulary.ancestors(concept) for concept in named))


@lru_cache(maxsize=4096)
def concept_of(text: str) -> Concept | None:
    """The concept that a text is a label of, as a whole."""
    finder = shipped_finder()
    # A label of two concepts is found twice: either says what kind of thing is asked for.
    whole = [m.concept_id for m in finder.find(text) if m.start == 0 and m.end == len(text)]
    return finder.vocabulary[whole[0]] if whole else None
