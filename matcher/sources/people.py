"""People in the contact columns of a directory: who they are, for a store of contacts; never part of a profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from matcher.sources.columns import looks_like_person
from matcher.sources.contacts import EMAIL, PHONE
from matcher.sources.grid import fold_text

_ROLE = re.compile(r"\b(?:title|titre|position|fonction|poste|role|job)\b")
_FIRST = re.compile(r"\b(?:first|given|prenoms?)\b")
_LAST = re.compile(r"\b(?:last|surname|family|nom de famille)\b")
_NAME = re.compile(
    r"\b(?:contacts?|name|nom|owners?|proprietaires?|manager|gerante?|directeur|directrice|director|presidente?|ceo|"
    r"pdg|responsables?|representatives?|representants?|personne|person|principal|attn|attention|rep|signataire)\b"
)
_FAX = re.compile(r"\b(?:fax|telecopieurs?|telecopies?|facsimile)\b")
_PARTS = re.compile(r"\s*(?:[/;|\n&]|\band\b|\bet\b)\s*")
_NUMBER = re.compile(r"\+?[\d(][\d\s().-]{5,20}\d(?:\s?(?:x|ext\.?|poste)\s?\d{1,6})?", re.IGNORECASE)
_HONORIFIC = re.compile(r"^(?:mr|mrs|ms|mme|mlle|m|dr)\.?\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a firm, as a list names them; what is not stated is empty. Nothing of it stands in ``repr``."""

    name: str = field(default="", repr=False)
    role: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    telephone: str = field(default="", repr=False)


@dataclass
class _Found:
    names: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    first: str = ""
    last: str = ""


def people_of(cells: Iterable[tuple[str, str]]) -> tuple[Person, ...]:
    """People in the contact cells of one row.

    Names, addresses and numbers stand together where there are as many of each; else an address goes to the person
    whose name it holds, and what is left is somebody of unknown name. Fax numbers are left out.

    Args:
        cells: (column header, text).

    Example:
        >>> [p.name for p in people_of([("Contact(s)", "Jane Smith / Bob Roy"), ("E-mail", "jane@acme.example")])]
        ['Jane Smith', 'Bob Roy']
    """
    found = _Found()
    for header, text in cells:
        _take(found, fold_text(header), text)
    if found.first or found.last:
        found.names.insert(0, f"{found.first} {found.last}".strip())
    people = [Person(name=name) for name in dict.fromkeys(found.names)]
    people = _with_emails(people, list(dict.fromkeys(found.emails)))
    people = _with_phones(people, list(dict.fromkeys(found.phones)))
    if found.roles and people and (people[0].name or len(people) == 1):
        one_each = len(found.roles) == len(people)
        people = [replace(p, role=found.roles[i] if one_each or i == 0 else "") for i, p in enumerate(people)]
    return tuple(people)


def _take(found: _Found, header: str, text: str) -> None:
    if _FAX.search(header):
        return
    found.emails += [address.casefold() for address in EMAIL.findall(text)]
    rest = EMAIL.sub(" ", text)
    phones = [mark.group().strip() for mark in PHONE.finditer(rest)] or [m.strip() for m in _NUMBER.findall(rest)]
    found.phones += phones
    for number in phones:
        rest = rest.replace(number, " ")
    rest = " ".join(rest.replace("<", " ").replace(">", " ").split()).strip(" ,;:()-")
    if len(rest) < 2 or not any(char.isalpha() for char in rest):
        return
    if _FIRST.search(header):
        found.first = found.first or rest
    elif _LAST.search(header):
        found.last = found.last or rest
    elif _ROLE.search(header):
        found.roles += [part for part in _PARTS.split(rest) if part]
    elif _NAME.search(header) or looks_like_person(rest):
        found.names += [_HONORIFIC.sub("", part)[:200] for part in _PARTS.split(rest) if len(part) > 1]


def _with_emails(people: list[Person], emails: Sequence[str]) -> list[Person]:
    if len(emails) == len(people):
        return [replace(person, email=email) for person, email in zip(people, emails, strict=True)]
    left = []
    for email in emails:
        local = fold_text(email.split("@")[0])
        named = next(
            (i for i, p in enumerate(people) if not p.email and any(w in local for w in _words(p.name))), None
        )  # fmt: skip
        if named is None:
            left.append(email)
        else:
            people[named] = replace(people[named], email=email)
    if len(people) == 1 and not people[0].email and left:
        people[0] = replace(people[0], email=left.pop(0))
    return [*people, *(Person(email=email) for email in left)]


def _with_phones(people: list[Person], phones: Sequence[str]) -> list[Person]:
    if not people:
        return [Person(telephone=number) for number in phones[:1]]
    if len(phones) == len(people):
        return [replace(person, telephone=number) for person, number in zip(people, phones, strict=True)]
    return [replace(people[0], telephone=phones[0]), *people[1:]] if phones else people


def _words(name: str) -> list[str]:
    return [word for word in fold_text(name).split() if len(word) > 2]
