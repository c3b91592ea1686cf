"""What somebody noted during a call → things that the firm said: cut apart, never added to.

Every thing is a piece of the text as it was typed. A piece that says no, or not yet, is kept as a note and never
becomes a fact. Which kind a piece is of is a proposal: the page shows it, and a person says yes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcher import StatementKind
from service.triage.rules import fold

MOST_THINGS = 40
LONGEST = 400

_CUT = re.compile(r"\s*(?:[;\n•·|]+|,(?!\d{3}\b)|(?<=[\w)%])[.!]+(?=\s|$)|(?<=\?)(?=\s))\s*(?![^()]*\))")
_BUT = re.compile(r"\s*\b(?:but|mais|however|though|par contre)\b\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:\b(?:and|et|or|ou)\b|&|\+|/)\s*", re.IGNORECASE)
_FILLER = re.compile(
    r"^(?:and|et|also|aussi|plus|they|we|ils|elles|nous|on|it|the firm|l entreprise)\b[\s,:]*", re.IGNORECASE
)
_VERB = re.compile(
    r"^(?:(?:do|does|can|have|has|had|hold|holds|own|owns|use|uses|run|runs|offer|offers|work with|works with|work in|"
    r"font|fait|peuvent|ont|a|ont aussi|utilisent|offrent|travaillent avec|travaillent|d[ée]tiennent|poss[èe]dent)"
    r"\s+)(?=\S)",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:no|not|none|nothing|never|without|neither|nor|cannot|can t|don t|doesn t|do not|isn t|aren t|won t|lapsed|"
    r"expired|stopped|no longer|former|formerly|used to|pas|aucun|aucune|sans|jamais|ni|rien|plus de|non|expire|"
    r"expiree|n ont|n a|n est)\b"
)
_NOT_SURE = re.compile(
    r"\b(?:maybe|perhaps|might|may|could|would|plan|plans|planning|planned|soon|working on|working towards?|looking at|"
    r"considering|hope|hopes|next year|in progress|pending|applied|by 20\d\d|unsure|not sure|thinks?|probably|"
    r"peut etre|bientot|prevoit|prevoient|prevu|en cours|l an prochain|pourrait|pourraient|espere|esperent|envisage\w*|"
    r"probablement)\b|\?"
)
_PEOPLE = re.compile(
    r"^(?:about|around|approx\.?|approximately|some|roughly|over|environ|pr[èe]s de|plus de|quelque)?\s*"
    r"(\d{1,3}(?:[ ,\u00a0\u202f]\d{3})+|\d{1,6})\s*\+?\s*(?:full[- ]time |permanent )?"
    r"(?:people|persons?|employees?|staff|workers?|team members|fte|personnes?|employ[ée]e?s?|salari[ée]e?s?|"
    r"travailleurs?)(?:\s+(?:work(?:ing)? there|in all|en tout|à temps plein|full[- ]time))?\.?$",
    re.IGNORECASE,
)
_EXACT = re.compile(r"^\d", re.IGNORECASE)
_CERTIFICATE = re.compile(
    r"\b(?:iso(?: iec)? ?\d{4,5}|iatf ?16949|as ?9\d{3}\w?|en ?9100|ts ?16949|nadcap|cwb|csa|asme|haccp|sqf|brc|gmp|"
    r"cgp|itar|ctpat|c tpat|tssa|fssc|aar|ul|leed|controlled goods|marchandises controlees|certifi\w+|accredit\w+|"
    r"registered to)\b"
)
_EQUIPMENT = re.compile(
    r"\b(?:axis|axes|machines?|machining cent(?:er|re)s?|lathes?|tours?|mills?|press(?:es)?|presse|lasers?|waterjets?|"
    r"cmm|furnaces?|ovens?|fours?|autoclaves?|robots?|cranes?|ponts? roulants?|printers?|imprimantes?|grinders?|"
    r"rectifieuses?|edm|spectrometers?|chambers?|benders?|plieuses?|brakes?|routers?|scanners?|clean ?rooms?|"
    r"salles? blanches?|kw|hp|tons?|tonnes?|haas|mazak|dmg|okuma|fanuc|trumpf|amada|zeiss)\b"
)
# "laser welding" is done, "a welding laser" is owned.
_PROCESS = re.compile(r"\b(?:\w+ing|soudage|usinage|decoupe|fraisage|tournage|pliage|moulage)(?: parts?| services?)?$")
_MATERIALS = frozenset(
    """
    aluminium aluminum aluminio titanium titane steel acier stainless inox inoxydable brass laiton copper cuivre bronze
    inconel hastelloy monel magnesium zinc nickel tungsten tungstene carbide carbure plastic plastics plastique
    plastiques rubber caoutchouc wood bois glass verre ceramic ceramics ceramique ceramiques composite composites
    carbon carbone fibreglass fiberglass kevlar nylon peek ptfe teflon abs polycarbonate polyethylene polypropylene
    acrylic acrylique delrin silicone foam mousse textile textiles leather cuir paper papier concrete beton iron fonte
    alloy alloys alliage alliages superalloys chrome cobalt graphite resin resins resine resines epoxy gold silver
    platinum
    """.split()  # noqa: SIM905 - read as a list of words
)
_BESIDE_MATERIAL = frozenset(
    "grade grades sheet sheets plate plates bar tube tubes pipe and or hot cold rolled cast die high low alloy tool "
    "mild hard structural fibre fiber series inoxydable galvanized ph 316l 304l de en "
    "feuille feuilles plaque plaques reinforced thin thick".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One piece of what was typed.

    Attributes:
        text: as it was typed.
        kind: what it seems to be.
        employees: the number of people, where it is an exact one.
        sure: False where it stands beside a *no* that may reach it: it is not ticked by itself.
    """

    text: str
    kind: StatementKind
    employees: int | None = None
    sure: bool = True


def split_answer(text: str) -> list[Thing]:
    """Cut what was typed into things.

    Example:
        >>> [(t.kind.value, t.text) for t in split_answer("25 people, aluminium and titanium, no AS9100")]
        [('size', '25 people'), ('material', 'aluminium'), ('material', 'titanium'), ('note', 'no AS9100')]
    """
    found: list[Thing] = []
    after_no = False
    for clause in _CUT.split(text):
        parts = [part for part in _BUT.split(clause) if part.strip()]
        for i, part in enumerate(parts):
            piece = _plain(part)
            if not piece:
                continue
            if _says_no(piece):
                found.append(Thing(piece[:LONGEST], StatementKind.NOTE))
                after_no = True
                continue
            # "no AS9100, ISO 13485": the second may be refused as well. After a "but" it is not.
            in_doubt = after_no and i == 0 and bool(_CERTIFICATE.search(fold(piece)))
            found += [_thing(one, sure=not in_doubt) for one in _apart(piece)]
            after_no = in_doubt
    unique: dict[str, Thing] = {}
    for thing in found:
        unique.setdefault(thing.text.casefold(), thing)
    return list(unique.values())[:MOST_THINGS]


def _plain(part: str) -> str:
    """A piece without the words that only lead to it."""
    piece = " ".join(part.split()).strip(" ,;:.-–•*")
    if _says_no(piece):
        return piece
    for pattern in (_FILLER, _VERB):
        shorter = pattern.sub("", piece).strip()
        piece = shorter or piece
    return piece


def _says_no(piece: str) -> bool:
    plain = fold(piece)
    return bool(_NO.search(plain) or _NOT_SURE.search(plain) or "?" in piece)


def _apart(piece: str) -> list[str]:
    """Materials and certificates that stand in one piece: each is a thing of its own."""
    parts = [part.strip() for part in _AND.split(piece) if part.strip()]
    if len(parts) > 1 and (all(map(_is_material, parts)) or all(_is_certificate(part) for part in parts)):
        return parts
    sides = re.split(r"\s+(?:and|et)\s+", piece, flags=re.IGNORECASE)
    if len(sides) == 2 and (_PEOPLE.match(sides[0]) or _PEOPLE.match(sides[1])):
        return [side.strip() for side in sides]
    return [piece]


def _thing(piece: str, *, sure: bool) -> Thing:
    people = _PEOPLE.match(piece)
    if people:
        exact = _EXACT.match(piece) and "+" not in piece
        count = int(re.sub(r"\D", "", people.group(1)))
        return Thing(piece[:LONGEST], StatementKind.SIZE, count if exact and count else None, sure)
    kind = StatementKind.CAPABILITY
    if _is_certificate(piece):
        kind = StatementKind.CERTIFICATE
    elif _is_material(piece):
        kind = StatementKind.MATERIAL
    elif _EQUIPMENT.search(fold(piece)) and not _PROCESS.search(fold(piece)):
        kind = StatementKind.EQUIPMENT
    return Thing(piece[:LONGEST], kind, None, sure)


def _is_certificate(piece: str) -> bool:
    return len(piece.split()) <= 6 and _CERTIFICATE.search(fold(piece)) is not None


def _is_material(piece: str) -> bool:
    words = fold(piece).replace(".", " ").split()
    named = [word for word in words if word in _MATERIALS]
    return bool(named) and all(word in _MATERIALS or word in _BESIDE_MATERIAL or word.isdigit() for word in words)
