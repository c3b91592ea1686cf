"""Could a firm fit such projects? By industry code and by words, English and French; staff have the last word."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from matcher import Firm, FirmKind, StatementKind

COULD, NOT, UNSURE = "could", "not", "unsure"
SHORT_WORDS = 6

# NAICS, by the longest beginning that fits. Manufacturers, and who builds, equips, tests or designs for them, could;
# who serves households could not; for the rest a code does not tell.
_CODES: dict[str, str] = {
    "31": COULD, "32": COULD, "33": COULD, "311811": NOT, "323": UNSURE, "339116": UNSURE, "3118": UNSURE,
    "11": UNSURE, "21": COULD, "22": COULD, "23": UNSURE, "2382": COULD, "41": UNSURE, "417": COULD, "4162": COULD,
    "44": NOT, "45": NOT, "48": UNSURE, "49": UNSURE, "51": UNSURE, "511": COULD, "513": COULD, "518": COULD,
    "52": NOT, "53": NOT, "5324": COULD, "54": UNSURE, "5411": NOT, "5412": NOT, "5413": COULD, "541310": UNSURE,
    "541320": NOT, "541370": UNSURE, "5414": UNSURE, "541420": COULD, "5415": COULD, "5417": COULD, "5418": NOT,
    "541920": NOT, "541930": NOT, "541940": NOT, "55": UNSURE, "56": UNSURE, "5615": NOT, "562": COULD, "61": NOT,
    "6112": UNSURE, "6113": COULD, "62": NOT, "71": NOT, "72": NOT, "81": NOT, "8112": COULD, "8113": COULD,
    "8134": NOT, "91": NOT,
}  # fmt: skip

_COULD_WORDS = """
manufactur*, fabricat*, machining, machinist*, machine shop*, cnc, milling, tool and die, tooling, mould*, mold*,
die cast*, casting*, foundr*, forging*, stamping*, sheet metal, metal work*, weld*, laser cut*, waterjet, extru*,
injection, thermoform*, coating*, plating, anodiz*, heat treat*, galvaniz*, 3d print*, additive, prototyp*, robot*,
automation, automated, plc, controls, instrumentation, sensor*, mechatronic*, hydraulic*, pneumatic*, conveyor*,
electronic*, pcb*, circuit board*, wire harness*, semiconductor*, photonic*, battery, batteries, engineering, engineer*,
aerospace, automotive parts, auto parts, medical device*, composites, carbon fibre, plastics, polymer*, chemicals,
steel, aluminum, aluminium, stainless, industrial, process equipment, pressure vessel*, pump*, valve*, bearing*,
packaging machine*, testing lab*, calibration, metrology, nondestructive, ndt, software, machine learning,
artificial intelligence, iot, cybersecurity, r and d, research and development, biotech*, clean tech*, cleantech,
nuclear, power systems, turbine*, hvac equipment, lubricant*, adhesives, textiles, assembly, assemblies,
fabricant*, fabrication*, usinage, atelier d usinage, soudage, soudure, moulage, moules, fonderie*, emboutissage,
tolerie, outillage, revetement*, placage, traitement thermique, automatisation, automatisme*, robotique, capteur*,
electronique*, ingenierie, aeronautique, aerospatial*, plasturgie, acier, industriel*, logiciel*, metrologie, usine*
"""
_NOT_WORDS = """
dentist*, dental, orthodont*, denturist*, dentaire*, realtor*, real estate, realty, courtier immobilier, immobilier*,
mortgage*, hypothe*, insurance, assurance*, financial plan*, wealth, investment advis*, bank*, credit union*, banque*,
caisse populaire, law firm, lawyer*, legal services, barrister*, avocat*, notaire*, notary, paralegal*, accountant*,
accounting, bookkeep*, comptab*, tax services, restaurant*, cafe, bistro, pub, catering, traiteur*, bakery,
boulangerie*,
pizza*, brewpub, hotel*, motel*, bed and breakfast, travel agen*, agence de voyage*, tourism, tourisme, salon, spa,
hair*, coiff*, barber*, esthetic*, esthetique, massage*, nail*, tattoo*, fitness, gym, yoga, pilates, golf*,
chiropract*, physiotherap*, optometr*, opticien*, pharmac*, medical clinic, clinique*, veterinar*, veterinaire*,
counsell*, psycholog*, naturopath*, hearing aid*, home care, nursing home*, retirement, funeral*, funeraire*, church*,
eglise*, daycare*, child care, garderie*, school*, ecole*, tutor*, dance*, music lesson*, florist*, fleuriste*,
gift shop*, boutique*, jewel*, bijou*, clothing store*, pet, pets, grooming, dog*, photograph*, wedding*, mariage*,
event plan*, cleaning services, maid*, janitor*, menage, landscap*, paysag*, lawn*, snow removal, deneigement,
moving company, demenage*, self storage, car wash, auto dealer*, car dealer*, dealership, concessionnaire*,
auto repair, collision, towing, roofing, painter*, renovation*, home improvement, plumb*, plomb*, interior design*,
life coach, business coach*, consignment, thrift, charity, museum*, theatre*, art gallery, radio station, newspaper*
"""
_READ = (
    StatementKind.SUMMARY, StatementKind.CAPABILITY, StatementKind.PRODUCT, StatementKind.SERVICE,
    StatementKind.EQUIPMENT, StatementKind.MATERIAL,
)  # fmt: skip
# These say that a firm works to the rules of makers; any firm may hold ISO 9001.
_CERTIFICATES = re.compile(r"\b(?:as 9100\w?|as9100\w?|iatf 16949|iso 13485|cwb|nadcap|asme|itar|cgp)\b")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Where a firm belongs, and why: ``code``, ``words``, ``both`` (they speak against each other), ``kind``, ``none``.

    Attributes:
        fit: ``could``, ``not`` or ``unsure``.
        why: what decided.
        told: the codes or words that did, as they were found.
    """

    fit: str
    why: str
    told: tuple[str, ...] = ()


def sort_firm(firm: Firm) -> Sorted:
    """Say whether a firm could fit such projects, by what its list says of it; nothing known is *cannot tell*."""
    if firm.kind is FirmKind.RESEARCH:
        return Sorted(COULD, "kind")
    if firm.kind in (FirmKind.CHAMBER, FirmKind.FUNDER):
        return Sorted(NOT, "kind")
    codes = {code: fit for code in firm.naics if (fit := _of_code(code)) is not None}
    sure = {code: fit for code, fit in codes.items() if fit != UNSURE}
    if COULD in sure.values():  # also where another line of its business is a shop
        return Sorted(COULD, "code", tuple(code for code, fit in sure.items() if fit == COULD))
    text = fold(" . ".join([firm.name, *(s.text for kind in _READ for s in firm.of_kind(kind))]))
    # A long text also names whom a firm sells to ("for banks and restaurants"); its name and category say what it is.
    short = fold(" . ".join([firm.name, *(s.text for kind in _READ for s in firm.of_kind(kind) if _is_short(s.text))]))
    could, could_not = _found(_words(_COULD_WORDS), text), _found(_words(_NOT_WORDS), short)
    certificates = fold(" . ".join(firm.certifications))
    could += [mark.group() for mark in _CERTIFICATES.finditer(certificates)]
    if sure:
        return Sorted(UNSURE, "both", (*sure, *could[:3])) if could else Sorted(NOT, "code", tuple(sure))
    if could and could_not:
        return Sorted(UNSURE, "both", tuple((*could[:2], *could_not[:2])))
    if could or could_not:
        return Sorted(COULD if could else NOT, "words", tuple((could or could_not)[:3]))
    return Sorted(UNSURE, "code", tuple(codes)) if codes else Sorted(UNSURE, "none")


def fold(text: str) -> str:
    """Small letters without accents, words parted by single blanks; full stops stay: no word spans two texts."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.sub(r"[^a-z0-9.]+", " ", plain.replace("&", " and ")).split())


def _is_short(text: str) -> bool:
    return len(text.split()) <= SHORT_WORDS


def _of_code(code: str) -> str | None:
    for length in range(len(code), 1, -1):
        if code[:length] in _CODES:
            return _CODES[code[:length]]
    return None


@lru_cache(maxsize=2)
def _words(listed: str) -> re.Pattern[str]:
    patterns = []
    for word in " ".join(listed.split()).split(", "):
        open_end = word.endswith("*")
        patterns.append(re.escape(word.rstrip("*")) + (r"\w*" if open_end else ""))
    return re.compile(r"\b(?:" + "|".join(sorted(patterns, key=len, reverse=True)) + r")\b")


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(mark.group() for mark in pattern.finditer(text)))
