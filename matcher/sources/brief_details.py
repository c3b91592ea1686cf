"""What a need's words say beside the thing: quantity, material, size, tolerance, certificate, by when, who buys.

Values are quoted as they stand in the text, never made up; a plain text of the thing is left for the search.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, fields

from matcher.sources.brief_words import fold

_NUM = r"(?:\d+[ -])?\d/\d{1,2}|\d{1,3}(?:[ ,]\d{3})+|\d+(?:[.,]\d+)?k?"
_UNIT = r"(?:mm|cm|µm|μm|um|microns?|m|km|in\.?|inch(?:es)?|pouces?|po|ft|feet|foot|pieds?|thou|mil|[\"”″’′])"
_CERT = (
    r"(?:AS|EN|SAE AS)\s?-?9[01]\d\d[A-Z]?(?![\d-])|(?:CAN/)?(?:CSA|CAN/ULC|"
    r"ULC)\s?-?[A-Z]?\d+(?:\.\d+)*(?:\s?No\.?\s?\d+(?:\.\d+)*)?(?:-\d+)?|IATF\s?-?16949(?::\d{4})?|"
    r"ISO(?:\s?/\s?(?:IEC|TS))?\s?-?\d{4,5}(?:-\d+)?(?::\d{4})?(?:,?\s[Cc]lass(?:e)?\s\d+)?|"
    r"IEC\s?\d{4,5}(?:-\d+)*|ISO\s?-?(?:certifi\w+|registered)|"
    r"Na?dcap|NADCAP|CWB(?:\s?(?:certifi\w+|W\d\d(?:\.\d)?))?(?:,?\s?(?:division|Div\.?)\s?\d(?:\.\d)?)?|"
    r"(?:CSA\s?)?W(?:47\.[12]|59|178\.2|186)|AWS\s?D\d+\.\d+|"
    r"ASME\s?(?:BPVC\s?)?(?:Section\s(?:VIII|IX|III|I)\b(?:\sDiv(?:ision|\.)?\s?\d)?|[SUB]\d?\.?\d*[- ]?[Ss]tamp|"
    r"B\d+(?:\.\d+)+|[A-Z]{1,3}-?\d+)|TSSA|UL\s?\d+[A-Z]?|cUL\w*|"
    r"NSF(?:/ANSI)?\s?\d*|HACCP|SQF|BRCGS?|c?GMP|BPF|GFSI|ITAR|Controlled Goods(?:\sProgram(?:me)?)?|CGP|"
    r"API\s?Q[12]|API\s?\d+[A-Z]?|FDA(?:\s21\sCFR\s[\d.]+)?|"
    r"Health Canada|Santé Canada|MDSAP|RoHS|REACH|IPC-?A-?\d+[A-Z]?|IPC\s?J-STD-\d+|J-STD-\d+|"
    r"MIL-[A-Z]+-\d+[A-Z]*|AMS[- ]?\d{4}[A-Z]?|PPAP(?:\s[Ll]evel\s\d)?|"
    r"CSA(?:[- ](?:certified|approved))?(?!\s?[A-Z]?\d)|CE[- ]mark\w*|marquage CE|ATEX|IECEx|ESA|"
    r"COR\s(?:certifi\w+)|DO-?178C?|DO-?254|VDA\s?6\.\d"
)
_CERTIFICATE = re.compile(rf"(?<![\w-])(?:{_CERT})(?![\w])(?:\s?(?:/|or|and|et|ou|,|\+|&)\s?(?:{_CERT})(?!\w))*")
_TOLERANCE = re.compile(
    rf"(?:(?:concentricity|flatness|parallelism|perpendicularity|runout|position(?:al)?|cylindricity|planéité|"
    rf"concentricité|"
    rf"parallélisme|roundness|straightness|circularité)\s?(?:of|de|:|within|≤|<|to)?\s?(?:{_NUM})\s?{_UNIT}?"
    rf"|(?:±|\+\s?/\s?[-–−]|\+-|plus or minus|plus ou moins)\s?(?:\.\d+|{_NUM})\s?(?:{_UNIT}(?!\w)|%|°C?|deg\w*|"
    rf"degrés)?(?:\s?(?:on|sur)\s(?:\w+\s){{0,2}}\w+)?"
    rf"|(?:tolerances?|tolérances?)\s(?:of |de )?[A-Za-z]{{1,2}}\d{{1,2}}(?!\w)"
    rf"|(?:within|to within|à|moins de|better than|under|below|<|≤)\s?(?:\.\d+|{_NUM})\s?(?:µm|μm|microns?|um|"
    rf"thou)(?!\w)"
    rf"|(?:{_NUM})\s?(?:µm|μm|microns?)\s(?:accuracy|repeatability|tolerance|flatness|de précision)"
    rf"|(?:tight\s)?(?:tolerances?|tolérances?)\s?(?:of|de|:|=|to|within|under|better than)\s?(?:±|"
    rf"\+/-)?\s?(?:\.\d+|{_NUM})\s?{_UNIT}(?!\w)"
    rf"|\bRa\s?(?:[≤<]|of|de)?\s?(?:{_NUM})(?:\s?(?:µm|μm|µin|um))?|\bIT\d{{1,2}}\b|"
    rf"\b[HhgGfF]\d\s?/?\s?[hHgG]?\d?\s(?:fit|tolerance)\b|\bISO 2768-\w+\b)",
    re.IGNORECASE,
)
_SIZE = re.compile(
    rf"(?:(?:up to|max(?:imum|\.)?|about|approx(?:\.|imately)?|min(?:imum|\.)?|jusqu'à|environ|moins de|under|"
    rf"over)\s(?:of\s|de\s)?)?"
    rf"(?:(?:Ø|ø|⌀|diam(?:eter|ètre|\.)?\s(?:of\s|de\s)?|"
    rf"dia\.?\s)\s?(?:{_NUM})(?:\s?{_UNIT}(?!\w))?(?:\s?[x×]\s?(?:{_NUM})\s?{_UNIT}?(?!\w))*"
    rf"|(?:{_NUM})\s?{_UNIT}?\s?(?:[x×]|by|par|sur)\s?(?:{_NUM})\s?{_UNIT}?(?!\w)(?:\s?(?:[x×]|by|par|"
    rf"sur)\s?(?:{_NUM})\s?{_UNIT}?(?!\w))*(?:\s(?:envelope|sheets?))?"
    rf"|(?:{_NUM})(?:\s?(?:to|à|–|-)\s?(?:{_NUM}))?\s?(?:{_UNIT}|kg|lbs?|tonnes?|tons?|kW|MW|kWh|litres?|liters?|L|"
    rf"m2|m²|m3|m³|square (?:met(?:re|er)s|feet)|sq\.? ?ft|pieds carrés|mètres carrés|bar|psi|kN|t)(?!\w)"
    rf"(?:[- ](?:long|wide|diameter|dia\.?|thick|OD|ID|high|tall|deep|de diamètre|de long(?:ueur)?|d'épaisseur|"
    rf"de large(?:ur)?|swing|bed|travel|capacity|class))?)",
    re.IGNORECASE,
)
_METAL_NAMES = (
    r"alumini?um|stainless(?: steel)?|(?:carbon|tool|mild|alloy|spring|high[- ]strength|galvani[sz]ed|hardened|"
    r"structural|electrical|abrasion[- ]resistant) steel|steel|titanium|inconel|hastelloy|"
    r"monel|copper|brass|bronze|magnesium|(?:grey |gray |ductile |cast )iron|zinc|zamak|nickel|"
    r"tungsten(?: carbide)?|invar|nitinol|PEEK|nylon|delrin|acetal|"
    r"PTFE|teflon|ABS|PC/ABS|polycarbonate|polypropylene|polyethylene|HDPE|UHMW(?:-PE)?|PVC|TPE|TPU|silicone|EPDM|"
    r"nitrile|rubber|carbon fib(?:re|er)|CFRP|"
    r"GFRP|fib(?:re)?glass|Kevlar|ceramics?|alumina|glass|plywood|polyurethane|acrylic|ULTEM|"
    r"acier(?: inoxydable| au carbone| doux| à outils| galvanisé| inox)?|inox|titane|cuivre|laiton|fonte|"
    r"magnésium|caoutchouc|fibre de (?:carbone|verre)|plastique|bois"
)
_GRADE = (
    r"(?:AA\s?)?(?:[1-7]\d{3})-?(?:T\d{1,4}|H\d{1,3}|O)\b|(?-i:AISI|SAE|ASTM|UNS|"
    r"A)\s?-?[A-Z]?\d{2,5}[A-Z]?(?:[- ]?(?:Gr(?:ade|\.)?)\s?\w+)?|(?:Gr(?:ade|\.)?|type|nuance)\s?\d{1,4}[A-Z]?|"
    r"Ti-?6Al-?4V|17-4\s?PH|15-5\s?PH|(?:304|316|321|347|410|416|420|430|440)[LCHF]?(?!\d|[.,]\d|\s?(?:pieces|"
    r"units|mm|parts|pcs|(?!stainless)[a-z]{4,}s\b))|S?2205|1018|1045|4130|4140|4340|8620|(?-i:D2|H13|P20|A2)\b|"
    r"A356|A380|"
    r"6061|6063|6082|7075|7050|5052|5083|2024|3003|44W|50W|350WT?|625|718|(?-i:C)\d{3,5}\b|AR\s?\d{3}"
)
_MATERIAL = re.compile(
    rf"(?<![\w-])(?:(?:{_METAL_NAMES})(?:\s(?:{_GRADE}))?(?:\s?\((?:{_GRADE})\))?|"
    rf"(?:{_GRADE})(?:\s(?:{_METAL_NAMES}))?)(?![\w])"
    r"(?![ -](?:plat|coat|phosphat|electro))",
    re.IGNORECASE,
)
_IN_MATERIAL = re.compile(
    rf"\b(?:in|en|made of|made from|from|material:?|matériau ?:?)\s(?P<m>(?:(?!en |de |in |of |a |the |un |"
    rf"une )[\w-]+ )?{_MATERIAL.pattern})",
    re.IGNORECASE,
)
_PER = (
    r"(?:\s?(?:/|per|a|each|par)\s?(?:an(?:num|née)?|year|yr|month|week|day|mois|semaine|jour|lot|batch|set|"
    r"vehicle|cell|truck)\b|\s(?:annually|yearly|monthly|weekly))"
)
_COUNTED = (
    r"(?:pieces?|pcs\.?|pces?|units?|parts?|sets?|off|ea(?:ch)?\.?|samples|prototypes|assemblies|kits?|"
    r"pièces?|unités?|ensembles?|lots? of|exemplaires?|sheets?|lengths?)"
)
_QUANTITY = re.compile(
    rf"\b(?:qty|quantit(?:y|ies|é|és)|qté|quantity required|annual volume|volume annuel|batch(?: size)?s?(?: of)?|"
    rf"lot size)\b\s?(?:\([^)]{{0,20}}\))?\s?[:.=]?\s?(?:of\s|de\s)?"
    rf"(?P<labelled>(?:about |approx\.? |environ |~)?(?:{_NUM})(?:\s?(?:to|à|–|"
    rf"-)\s?(?:{_NUM}))?(?:\s{_COUNTED})?(?:{_PER})?)"
    rf"|(?<![\w.,±/-])(?P<counted>(?:about |approx\.? |environ |up to |jusqu'à |~)?(?:{_NUM})(?:\s?(?:to|à|–|"
    rf"-)\s?(?:{_NUM}))?\s{_COUNTED}(?!\w)(?:{_PER})?)"
    rf"|(?<![\w.,±/-])(?P<rate>(?:about |approx\.? |~)?(?:{_NUM}){_PER})"
    rf"|(?<=\s)(?P<times>[x×]\s?\d{{1,6}})(?![\w.]|\s?(?:[x×]|{_UNIT}))|"
    rf"(?<![\w.,])(?P<timesafter>\d{{1,6}}\s?[x×])(?=\s[A-Za-zÀ-ÿ])",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?P<q>(?:about |approx\.? |some |up to |around |environ |~)?(?:\d{1,3}(?:[ ,]\d{3})+|\d{1,7})(?:\s?(?:to|à|"
    r"–|-)\s?\d[\d ,]*)?(?:\s?[x×])?)\s+"
    r"(?!(?:mm|cm|m|kg|lb|lbs|kw|mw|axis|axes|axe|d|inch|in|ft|hours?|days?|weeks?|months?|years?|%|percent|tons?|"
    r"tonnes?|million|k|jours?|semaines?|mois|ans)\b)(?=[A-Za-zÀ-ÿ(\ue000])"
)
_WORD_NUMBERS = re.compile(
    r"^(?P<q>two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|a dozen|deux|trois|quatre|cinq|six|"
    r"sept|huit|neuf|dix|douze|vingt|cinquante)\s+(?=[A-Za-zÀ-ÿ])(?!(?:axis|axes|axe|shot|stage|part|way|phase)\b)",
    re.I,
)
_NAMED_RATE = re.compile(
    rf"(?<![\w.,±/-])(?:about |approx\.? |~)?(?:{_NUM})\s(?P<what>(?:[^\W\d_]+\s){{1,3}}?)(?:per|a|each|"
    rf"par)\s(?:an(?:née)?|year|yr|month|week|day|mois|semaine|jour)\b",
    re.IGNORECASE,
)
# A number before a plural in the middle of a text: "usinage de 250 boîtiers", "machine 200 shafts".
_INNER = re.compile(
    r"(?<!type )(?<!grade )(?<!class )(?<!series )(?<=[a-zà-ÿ] )(?P<q>\d{1,3}(?:[ ,]\d{3})+|"
    r"\d{2,6})\s(?=(?!stainless)[a-zà-ÿ-]{3,}(?:s|x)\b)(?!mm|hours|days|weeks|months|years|tonnes|"
    r"tons|kg|lbs|ans|mois|jours|heures|degrees|metres|feet|inches|watts|volts|percent)",
    re.I,
)
_WHEN = (
    r"(?:(?:the )?(?:end of |early |mid[- ]|late |start of |fin |début |mi-|la fin de |la mi-)?(?:Q[1-4][ -]|"
    r"T[1-4][ -])?(?:de )?(?:\d{1,2}(?:st|nd|rd|th|er)? )?(?:of )?"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|"
    r"Jun|Jul|Aug|Sept?|Oct|Nov|Dec|"
    r"janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)?\.?(?: \d{1,2}(?:st|"
    r"nd|rd|th)?,?)?,? ?20\d\d(?:-\d{2}(?:-\d{2})?)?"
    r"|\d{4}-\d{2}-\d{2}|(?:month|week|mois|semaine) \d{1,3}|(?:spring|summer|fall|autumn|winter|printemps|été|"
    r"automne|hiver)(?: of)? 20\d\d)"
)
_BY = re.compile(
    rf"\b(?:(?:needed |required |delivered |delivery |deliver |due |in hand |on dock |ready |available |starting |"
    rf"livrée?s? |livraison )?(?:(?:by|before|no later than|d'ici(?: le| à)?|avant(?: le)?|pour le|"
    rf"au plus tard(?: le| en)?|"
    rf"due|deadline|livraison(?: en)?|delivery(?: in)?|starting(?: in)?|from|dès|en|for delivery in|"
    rf"in)\s?:?\s)(?P<date>{_WHEN})"
    rf"|(?P<within>(?:within|in|dans(?: les)?|sous|d'ici)\s(?:\d+|two|three|four|six|eight|ten|twelve|deux|trois|"
    rf"quatre|six|huit|dix|douze)(?:\s?(?:to|à|-|–)\s?\d+)?\s(?:days?|weeks?|months?|jours|semaines|"
    rf"mois)(?:\s(?:of|from|after|après|suivant|de)(?:\s\w+){{1,3}})?)"
    rf"|(?P<after>\d{{1,3}}\s(?:days?|weeks?|months?|jours|semaines|mois)\s(?:after|from|après|"
    rf"suivant)\s(?:\w+\s?){{1,3}}))",
    re.IGNORECASE,
)
_BUYER = re.compile(
    r"(?:\b(?:buyer|purchaser|acheteur|client|bought by|purchased by|to be bought by|acheté(?:e)?s? par|"
    r"ordered by|commandé(?:e)?s? par)\s?:?\s"
    r"(?P<who>[A-ZÀ-Ý][\w&.'’-]*(?:\s(?:[A-ZÀ-Ý&][\w&.'’-]*|of|de|du|and|et)){0,5}))"
)
LABELS = {
    "part": "part|part name|component|item|pièce|composant|article|désignation|produit",
    "need": (
        "need|service|capability|process|operation|scope|description|work|besoin|procédé|opération|travaux|"
        "capacité|expertise"
    ),
    "material": "materials?|matériau|matériaux|matière|alloy|alliage",
    "size": (
        "size|dimensions?|envelope|format|taille|part size|length|diameter|thickness|épaisseur|longueur|"
        "diamètre|weight|poids"
    ),
    "tolerance": "tolerances?|tolérances?|accuracy|précision|surface finish|fini de surface",
    "quantity": (
        "qty|quantit(?:y|ies|é|és)|qté|volume|annual volume|volumes?|volume annuel|batch size|lot size|eau|nombre"
    ),
    "certificate": (
        "certifications?|certificates?|certificats?|standards?|normes?|quality|qualité|quality standard|"
        "accreditation|accréditation|quality system|exigence qualité"
    ),
    "by": (
        "needed by|need by|required by|delivery(?: date)?|due|by|lead time|date requise|livraison|délai|"
        "required date|need date|when|on dock|timing"
    ),
    "buyer": "buyer|purchaser|acheteur|client|bought by|acheté par|donneur d'ordres?",
}
_LABEL_RE = {key: re.compile(rf"^(?:{fold(words)})(?:\s?\([^)]*\))?$") for key, words in LABELS.items()}


@dataclass(frozen=True, slots=True)
class Details:
    """What is stated beside the thing; None is not stated."""

    part: str | None = None
    material: str | None = None
    size: str | None = None
    tolerance: str | None = None
    quantity: str | None = None
    certificate: str | None = None
    by: str | None = None
    buyer: str | None = None

    def n_stated(self) -> int:
        """How many are stated."""
        return sum(getattr(self, field.name) is not None for field in fields(self))


def label_of(text: str) -> str | None:
    """Which detail a label or column header names.

    Example:
        >>> label_of("Qté"), label_of("Material"), label_of("Budget")
        ('quantity', 'material', None)
    """
    plain = fold(text).strip(" :.*#")
    return next((key for key, pattern in _LABEL_RE.items() if pattern.match(plain)), None)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    mark = pattern.search(text)
    return mark.group().strip(" ,.;:") if mark else None


@functools.lru_cache(maxsize=4096)
def find_details(text: str) -> tuple[Details, str]:
    """Details of a need, and its words without them.

    The material stays in the words, since it is searched for; what only a drawing needs goes.

    Returns:
        The details as quoted, and the text without certificate, tolerance, size, quantity and date.

    Example:
        >>> details, rest = find_details("120 housings in 6061-T6, ±0.05 mm, AS9100, by June 2027")
        >>> rest, details.quantity, details.material, details.tolerance, details.certificate, details.by
        ('housings in 6061-T6', '120', '6061-T6', '±0.05 mm', 'AS9100', 'June 2027')
    """
    rest = text
    certificates = [mark.group().strip(" ,") for mark in _CERTIFICATE.finditer(text)]
    rest = _CERTIFICATE.sub("\x00", text)
    tolerance = _first(_TOLERANCE, rest)
    rest = _TOLERANCE.sub("\x00", rest)
    when = _BY.search(rest)
    rest = _BY.sub("\x00", rest)
    buyer = _BUYER.search(rest)
    rest = _BUYER.sub("\x00", rest)
    material = _material(rest)
    # "6061 plates" are not six thousand plates: alloys are set aside while numbers are read.
    alloys = [mark.group() for mark in _MATERIAL.finditer(rest)]
    rest, quantity, size, part = _numbers(_MATERIAL.sub("\ue000", rest))
    for alloy in alloys:
        rest = rest.replace("\ue000", alloy, 1)
    details = Details(
        part=_restored(part, rest),
        material=_plain(material),
        size=size,
        tolerance=_TOLERANCE_LABEL.sub("", tolerance) if tolerance else None,
        quantity=_plain(quantity),
        certificate="; ".join(dict.fromkeys(certificates)) or None,
        by=_plain(next((value for value in when.groups() if value), None)) if when else None,
        buyer=buyer["who"].strip(" .") if buyer else None,
    )
    return details, rest


_TOLERANCE_LABEL = re.compile(r"^(?:tight )?(?:tolerances?|tolérances?)\s?(?:of|de|:|=)?\s", re.IGNORECASE)
# "A 10 kW generator" keeps its size in the words; "frames, 2 m long" does not need it.
_SIZE_OF_NEXT = re.compile(r"\s(?!(?:and|or|et|ou|with|in|by|to|for|per)\b)[a-zà-ÿ]{3,}")


def _material(text: str) -> str | None:
    """The material as written, with its grade where that stands apart: "stainless steel … 304L"."""
    first = _MATERIAL.search(text)
    if not first:
        return None
    inside = _IN_MATERIAL.search(text)
    material = inside["m"] if inside else first.group()
    grade = next((mark.group() for mark in _MATERIAL.finditer(text) if re.search(r"\d", mark.group())), None)
    return f"{material} {grade}" if grade and not re.search(r"\d", material) else material


def _numbers(text: str) -> tuple[str, str | None, str | None, str | None]:
    """Words left, quantity, size and part of a text whose alloys are set aside."""
    rest, quantity = _rate(text)
    counted = None if quantity else _QUANTITY.search(rest)
    if counted:
        quantity = next((value for value in counted.groups() if value), None)
        rest = rest[: counted.start()] + "\x00" + rest[counted.end() :]
    size = None
    if mark := _SIZE.search(rest):
        size = mark.group().strip(" ,.;")
        if not _SIZE_OF_NEXT.match(rest[mark.end() :]):
            rest = rest[: mark.start()] + "\x00" + rest[mark.end() :]
    rest = re.sub(r"^\s*(?:of|de)\s", "", _tidy(rest))
    part = _noun(rest) if counted and not counted.start() else None
    if lead := _LEADING.match(rest) or _WORD_NUMBERS.match(rest):
        # Counted things are the part: "120 housings in …".
        quantity = quantity or lead["q"].strip()
        rest = rest[lead.end() :]
        part = _noun(rest)
    elif not quantity and (inner := _INNER.search(rest)):
        quantity, part = inner["q"], _noun(rest[inner.end() :])
        rest = rest[: inner.start("q")] + rest[inner.end() :]
    return rest, quantity, size, part


def _restored(part: str | None, rest: str) -> str | None:
    """A part's name with the alloy that was set aside in it."""
    if not part or "\ue000" not in part:
        return part
    pattern = re.escape(part).replace("\ue000", "(?:" + _MATERIAL.pattern + ")")
    mark = re.search(pattern, rest, re.IGNORECASE)
    return mark.group() if mark else None


def _rate(text: str) -> tuple[str, str | None]:
    """Take "500 brackets a year" as quantity and leave "brackets"."""
    mark = _NAMED_RATE.search(text)
    if not mark:
        return text, None
    what = "\x00" if re.fullmatch(rf"{_COUNTED}\s*", mark["what"], re.IGNORECASE) else mark["what"]
    return text[: mark.start()] + what + text[mark.end() :], mark.group()


def _plain(value: str | None) -> str | None:
    return " ".join(value.split()).strip(" ,.;:") or None if value else None


def _noun(text: str) -> str | None:
    """The noun phrase that a text begins with."""
    head = re.split(
        r"\b(?:in|of|for|with|made|to|from|per|that|which|on|at|by|en|de|du|d'|pour|avec|à|par|selon|qui)\b|[,;:(]",
        text,
        maxsplit=1,
    )[0]
    head = head.strip(" .-")
    return head if head and len(head.split()) <= 5 else None


_DANGLING = re.compile(
    r"(?:\b(?:with|to|at|in|of|by|for|and|or|is|are|a|the|tolerances?|tolérances?|de|à|et|ou|avec|selon|en|"
    r"certified|certification|certifié(?:e|s)?|certifications?|certificate|"
    r"registered|required|approved|compliant|per|plus|delivery|deliver(?:ed)?|needed|qty|quantity|quantité|qté|"
    r"size|dimensions?|accredited|accreditation|preferred|exigée?|requise?s?|conforme|"
    r"livraison|tight|material|finish)\b[\s:.]*)+$",
    re.IGNORECASE,
)


def _tidy(text: str) -> str:
    """Put a text in order after details were cut out, marked by NUL."""
    text = re.sub(
        r"(?<![\w'])(?:of|de|to|à|from|with|at|about|around|environ|approx\.?|up to|jusqu'à|within|"
        r"max\.?)\s*\x00(?=\s*(?:$|[,;()\x00]))",
        "\x00",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\x00\s*(?:of|de|d['’])\s?(?=\w)", "\x00 ", text)
    pieces = [piece for piece in re.split(r"\s*(?:,(?!\d)|;)\s*|\s+[–—|]\s+|\s-\s", text)]
    kept: list[str] = []
    for piece in pieces:
        had_hole = "\x00" in piece
        piece = re.sub(r"\(\s*(?:\x00[\s,;/:]*|and|or|et|ou|qty|to|with|environ|about|approx\.?)*\s*\)", " ", piece)
        piece = piece.replace("\x00", " \x00 ")
        while True:
            shorter = piece.strip(" \x00")
            if had_hole:
                shorter = _DANGLING.sub("", shorter).strip(" \x00:")
            if shorter == piece:
                break
            piece = shorter
        piece = " ".join(piece.replace("\x00", " ").split())
        if not had_hole or re.search(r"[^\W\d_]{3}", piece):
            kept.append(piece)
    text = ", ".join(piece for piece in kept if piece.strip(" ."))
    text = re.sub(r"\(\s*[,;]?\s*", "(", re.sub(r"\s*[,;]?\s*\)", ")", text)).replace("()", "")
    if text.count("(") != text.count(")"):
        text = text.replace("(", ", ").replace(")", "").replace(" ,", ",")
    return " ".join(text.split()).strip(" ,.;:-–")


_DULL = frozenset(
    (
        "about all an and approved approximately are at be by certificate certification certified certifié "
        "certifiée certifiés class company de delivery en et exigé exigée finish firm for from grade have "
        "ideally in is la later le les level long made material matériau max min must need needed no of on "
        "only or ou parts per pieces pour preferred quality registered required requis requise selon shop "
        "supplier suppliers surface system than the them thick to tolerance tolerances we wide with"
    ).split()
)


def only_details(text: str) -> bool:
    """Whether a text says nothing but details: "±0.05 mm", "AS9100 certified", "in 6061-T6"."""
    details, rest = find_details(text)
    if not details.n_stated():
        return False
    bare = _MATERIAL.sub(" ", rest)
    words = re.findall(r"[^\W\d_]{2,}", bare)
    return all(word.casefold() in _DULL for word in words)
