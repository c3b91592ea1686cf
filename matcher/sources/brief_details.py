"""The words of one need → its fields: material, size, tolerance, quantity, certificate, by when, buyer, part, role."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcher.sources.brief_facts import MONTH
from matcher.types import NeedRole

_NUMBER = r"\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?"
_LENGTH = r"(?:mm|cm|µm|um|microns?|m|in\.?|inch(?:es)?|pouces?|po|ft|feet|foot|pieds?|\"|″|′)(?![\w²³/])"
_ALLOY = r"(?:[1-8]\d{3}(?:-?[TOFH]\d{0,4})?|A?3[58]\d(?:-T\d)?)"
_STEEL_GRADE = r"(?:30[134]L?|31[06]L?|32[01]|4[13]0[A-C]?|17-4(?: ?PH)?|2205)"
_MATERIAL = re.compile(
    rf"\b(?:{_ALLOY}(?:-T\d+)? )?(?i:alumin(?:i)?um)(?: alloy)?(?: {_ALLOY}\b(?:-T\d+)?)?"
    rf"|\b(?:{_STEEL_GRADE} )?(?i:stainless(?: steel)?|acier inoxydable|inox)(?: {_STEEL_GRADE}(?!\w))?"
    r"|\b(?i:(?:mild|carbon|tool|alloy|galvani[sz]ed|high[- ]strength|structural|spring|electrical) steel|"
    r"acier (?:doux|à outils|au carbone|galvanisé|allié))(?: (?:A36|H13|D2|P20|S7|A2|1018|1045|4140|4340)\b)?"
    r"|\b(?i:steel|acier)(?: (?:A36|H13|D2|P20|S7|1018|1045|4140|4340|44W|350W)\b)?"
    r"|\b(?:316L|304L|17-4 ?PH|6061-T6|7075-T6\d*|5052-H32|Ti-6Al-4V)(?!\w)"
    r"|\b(?i:titanium|titane)(?: (?:Ti-6Al-4V|(?i:grade) \d))?"
    r"|\b(?i:inconel|hastelloy|monel)(?: ?[CX]?-?\d{2,3})?"
    r"|\b(?:PEEK|PEI|ABS|PA ?6(?:/?6|6)?|PA ?12|HDPE|LDPE|UHMW(?:-?PE)?|PTFE|POM|PPS|PVC|PET|TPU|EPDM|FKM|CFRP|GFRP|FRP)\b"
    r"|\b(?i:ultem|delrin|teflon|viton|acetal|nylon|polycarbonate|polypropylene|polyethylene|polyurethane|acrylic|"
    r"kevlar|silicone(?: rubber)?|neoprene|copper|cuivre|brass|laiton|bronze|magnesium|magnésium|zinc|"
    r"tungsten(?: carbide)?|carbure de tungstène|invar|kovar|nitinol)\b"
    r"|\b(?i:(?:grey|gray|ductile|cast) iron|fonte)\b"
    r"|\b(?i:(?:carbon|glass|natural|basalt) fib(?:re|er)s?|fibres? de (?:carbone|verre)|fibreglass|fiberglass)\b"
)
_AXES = rf"(?:\s?(?:{_LENGTH}))?\s?(?:[x×X]|by|par)\s?"
_SIZE = re.compile(
    rf"(?:{_NUMBER}){_AXES}(?:{_NUMBER})(?:{_AXES}(?:{_NUMBER}))?\s?{_LENGTH}"
    rf"|[Øø⌀]\s?(?:{_NUMBER})\s?{_LENGTH}"
    rf"|(?i:\b(?:diameter|dia\.?|diamètre)(?: (?:of|de))?) (?:{_NUMBER})\s?{_LENGTH}"
    rf"|(?i:\b(?:up to|as large as|max(?:imum|\.)?|at least|min(?:imum|\.)?|jusqu'à|au plus|au moins)) "
    rf"(?:{_NUMBER})\s?(?:{_LENGTH}|(?:kg|lbs?|tonnes?|tons?|t)\b)"
    rf"|(?:{_NUMBER})[\s-]?{_LENGTH}[\s-](?i:thick|long|wide|high|tall|deep|diameter|dia\b|d'épaisseur|de (?:diamètre|long\w*|large\w*|haut\w*))\w*"
    rf"|(?<![±\d.,/])\b(?:{_NUMBER})\s?(?:mm|cm|inch(?:es)?)(?![\w²³/])"
)
_TOLERANCE = re.compile(
    rf"(?:±|\+\s?/\s?-|\+-)\s?(?:{_NUMBER})\s?(?:{_LENGTH}|°C?|deg(?:rees)?\b|%|thou\b|mil\b)?"
    rf"|\bR[az]\s?(?:[≤<=]|max\.?|of)?\s?(?:{_NUMBER})(?:\s?(?:µm|um|µin|microns?)(?!\w))?"
    rf"|(?i:\b(?:tolerances?|tolérances?|flatness|planéité|runout|concentricity|straightness|within|à))"
    rf"(?: (?i:of|de|to|within))?\s?:? (?:{_NUMBER})\s?(?:mm|µm|um|microns?|in\b|inch(?:es)?|thou|\")(?![\w²³/])"
    rf"|\bIT ?\d{{1,2}}\b"
)
_PER = r"(?:\s?(?:/|per|a|an|par|each|every)\s?(?:year|yr|month|week|day|annum|an|année|mois|semaine|jour)\b| annually| yearly| annuellement)"
_COUNTED = (
    r"(?:pcs?|pieces|pièces|parts|units?|unités?|sets|off|ea|prototypes?|samples?|échantillons|assemblies|"
    r"assemblages|exemplaires|copies|kits|panels|brackets|housings|cells|robots|machines|moulds|molds|tools|modules)\b\.?"
)
_WORDS = r"one|two|three|four|five|six|seven|eight|nine|ten|twelve|deux|trois|quatre|cinq|six|dix"
_QUANTITY = re.compile(
    rf"(?i:\b(?:qty|quantity|quantities|quantité|qté)(?: of| de)?\.?\s?:?\s?)(?:{_NUMBER})(?:\s?{_COUNTED})?{_PER}?"
    rf"|(?i:\b(?:lots?|batch(?:es)?|séries?|volumes?|runs?) (?:of|de|d'environ)) (?:{_NUMBER})(?:\s?{_COUNTED})?{_PER}?"
    rf"|(?<![\w.,$±-])(?:{_NUMBER})(?:\s?(?:to|-|–|à)\s?(?:{_NUMBER}))?\s(?:(?!mm|cm)[a-zà-ÿ-]{{3,14}} )?(?:{_COUNTED}){_PER}?"
    rf"|(?<![\w.,$±-])(?:{_NUMBER})\s?(?:pcs?|pièces|units?)\b{_PER}?"
    rf"|(?<![\w.,$±-])(?:{_NUMBER})(?:\s?[a-zà-ÿ]{{3,14}})?{_PER}"
    rf"|(?i:\b(?:{_WORDS}) (?:(?:pre-production|working|full-scale|demonstration|functional) )?(?:prototypes?|units|sets|samples|prototype parts))\b",
)
_CERTIFICATE = re.compile(
    r"\bISO(?:/(?:IEC|TS))? ?(?:9001|14001|13485|45001|17025|27001|50001|3834(?:-\d)?|22000|15189|16949|26262|"
    r"14644(?:-\d)?|9013)(?::\d{4})?\b"
    r"|\bAS ?9(?:100|110|120)[A-D]?\b|\bIATF ?16949(?::\d{4})?|\b(?i:nadcap)\b|\bITAR\b"
    r"|\b(?i:controlled goods)(?: (?i:program(?:me)?|registration))?|(?i:\bmarchandises contrôlées)|\bCGP\b"
    r"|\bCSA ?(?:Std )?(?:[WNZBC]\d{2,3}(?:\.\d+)?(?: Div(?:ision|\.)? ?\d)?(?:/W?\d{2}(?:\.\d)?)?)"
    r"|\bW(?:47\.[12]|59(?:\.2)?|186)\b|\bCWB\b|\bNSF(?:/ANSI)?(?: ?\d{2,3})?\b|\bc?GMP\b|\bBPF\b|\bHACCP\b|\bSQF\b|\bBRCGS?\b"
    r"|\bUL ?508A?\b|\bUL ?\d{2,4}\b|\bASME (?:Section )?(?:VIII|IX|U stamp|B31\.\d|BPE|Y14\.5)\b|\bTSSA\b|\bAPI Q1\b"
    r"|\bCE (?:mark(?:ing|ed)?)\b|\bPED\b|\bCSA (?i:certifi\w+|approv\w+)|\bCSA-(?i:certified)|\bATEX\b|\bRoHS\b|\bREACH\b"
)
_WHEN = (
    rf"(?:(?:the )?(?:end|start|beginning|middle) of |(?:early|mid|late)[- ]|(?:la )?(?:fin|début|mi)[- ](?:de )?)?"
    rf"(?:20\d\d-\d\d(?:-\d\d)?|{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+20\d\d|\d{{1,2}}(?:er|st|nd|rd|th)?\s+{MONTH}\s+20\d\d|"
    rf"{MONTH}\s+20\d\d|[QT][1-4][ -]?20\d\d|20\d\d[ -]?Q[1-4]|(?:spring|summer|fall|autumn|winter|printemps|été|automne|hiver) 20\d\d|20\d\d)\b"
)
_BY = re.compile(
    r"\b(?:needed |required |delivered |delivery )?(?:by|before|no later than|not later than|due(?: date| by| in)?|until|"
    r"delivery(?: in| date)?|d'ici(?: à)?(?: la)?|avant(?: la| le)?|pour(?: la| le)?|livraison(?: en| d'ici)?|au plus tard(?: en| le)?)"
    rf"\s?:?\s+(?P<when>{_WHEN})|\b(?P<quarter>[QT][1-4][ -]20\d\d)\b",
    re.I,
)
_LEGAL = r"(?:Inc\.?|Ltd\.?|Limited|Ltée|Corp(?:oration)?\.?|LLC|GmbH|S\.A\.|plc|Co\.)"
_NAME = r"[A-ZÀ-Ý][\w&'’.-]*(?: (?:[A-ZÀ-Ý&][\w&'’.-]*|of|de|and|et)){0,5}"
_BUYER = re.compile(
    rf"\b(?i:buyer|purchaser|end customer|acheteur|client final)\s?:\s*(?P<keyed>{_NAME})"
    rf"|\b(?i:for our (?:client|customer|member)|on behalf of|bought by|purchased by|pour notre client|pour le compte de|acheté par)\s+(?P<named>{_NAME})"
    rf"|\b(?:for|pour) (?P<legal>[A-ZÀ-Ý][\w&'’-]*(?: [A-ZÀ-Ý&][\w&'’-]*){{0,4}},? {_LEGAL})"
)
_PARTNER = re.compile(
    r"\bpartn?er\w*|\bpartenaire\w*|\bpartenariat\w*|\bconsorti\w+|\bco-?develop\w*|\bcodévelopp\w*|\bhost(?:s|ed|ing)?\b|\baccueill\w+|"
    r"\bpilot (?:site|plant|line|host|customer)|\bsites? pilotes?\b|\b(?:demonstration|test) site|\buniversit\w+|\bcolleges?\b|\bcollège\w*|"
    r"\bintegrators?\b|\bintégrateur\w*|\bR ?& ?D\b|\bR-D\b|\bresearch(?:er|ers| institut\w*| cent\w+| group)?\b|\brecherche et développement\b|"
    r"\bcollaborat\w+|\btechnology developer|\bend[- ]users?\b|\butilisateurs? fina\w+|\bco-?lead\b|\bco-?invest\w*|\bjoint(?:ly)? develop\w*|"
    r"\bcentre de recherche",
    re.I,
)
_SUPPLIER = re.compile(
    r"\bsuppl(?:y|ies|ier|iers|ied|ying)\b(?! chain)|\bfournisseur\w*|\bfournir\b|\bfourniture\w*|\bfabricat\w+|\bfabriqu\w+|\bfabrication\b|"
    r"\bmachin(?:ed|ing|ist)\b|\bmachine shops?\b|\busin(?:age|é|és|ée|ées|er)\b|\bquot(?:e|es|ation|ations)\b|\bsoumission\w*|\brf[qp]\b|"
    r"\bparts?\b|\bpièces?\b|\bquantit\w+|\bqty\b|\bpcs?\b|\btooling\b|\boutillage\w*|\bmou?lds?\b|\bmoules?\b|\bservice providers?\b|"
    r"\bcontract manufactur\w+|\bsous-trait\w+|\bsubcontract\w*|\b(?:testing|calibration|inspection|coating|plating|engineering|welding|cutting|printing) services?\b|"
    r"\bservices? (?:de|d') ?(?:essais?|inspection|usinage|soudage)|\bvendors?\b|\bpurchas\w+|\bdeliver(?:y|ed)\b|\bprototype parts?\b|\bcastings?\b|\bforgings?\b|"
    r"\bfixtures?\b|\bsheet metal\b",
    re.I,
)
# What stands before the thing itself: "A supplier of machined brackets", "nous cherchons des …".
_LEAD_IN = re.compile(
    r"^(?:(?:an?|the|one|two|three|some|any|several|our|un|une|des|du|de la|le|la|les|l')\b\s*|"
    r"(?:qualified|local|experienced|potential|canadian|ontario|capable|new|reliable)\s+|"
    r"(?:wp|lot|item|part|task|besoin|need|work package)\s?#?\d+(?:\.\d+)*\s*[:.–—-]\s*|"
    r"(?:suppliers?|manufacturers?|makers?|fabricators?|providers?|vendors?|supply|fabrication|manufacture|purchase|"
    r"fournisseurs?|fabricants?|fourniture|fabrication)\s+(?:of|for|de|d'|des|pour)\s*(?:the\s+|an?\s+)?|"
    r"(?:supply|fabricate|manufacture|machine|build|quote|provide|fournir|fabriquer|usiner)\s+(?:of\s+|on\s+|for\s+)?(?:the\s+|an?\s+)?|"
    rf"(?:{_NUMBER})\s+(?:x\s+|pcs?\.?\s+|pieces\s+|units\s+|pièces\s+)?(?:of\s+|de\s+)?(?=[a-zà-ÿA-Z]{{3}}))",
    re.I,
)
_PART_ENDS = re.compile(
    r"[,:;()|]|\s[–—-]\s|\s(?:for|to|that|which|who|with|able|capable|made|in|from|by|per|such as|including|up to|"
    r"pour|qui|avec|dans|capables?|d'ici|en|par)\s|\.\s",
    re.I,
)
_LONGEST_PART_WORDS = 7
_FIELD_ENDS = " ,;:.()"


@dataclass(frozen=True, slots=True)
class Details:
    """The fields that a need's words state."""

    part: str | None = None
    material: str | None = None
    size: str | None = None
    tolerance: str | None = None
    quantity: str | None = None
    certificate: str | None = None
    by: str | None = None
    buyer: str | None = None


def stated_role(text: str) -> NeedRole | None:
    """The role that the words name: None when they name neither, ``EITHER`` when both."""
    # "Supply chain partner" and "machine vision" say nothing of supplying or machining.
    partner, supplier = _PARTNER.search(text), _SUPPLIER.search(text)
    if partner and supplier:
        return NeedRole.EITHER
    if partner:
        return NeedRole.PARTNER
    return NeedRole.SUPPLIER if supplier else None


def role_of(text: str, heading: str) -> NeedRole:
    """Role of a need: by its own words, else by its heading's, else either."""
    own, inherited = stated_role(text), stated_role(heading)
    if own is NeedRole.EITHER and inherited in (NeedRole.PARTNER, NeedRole.SUPPLIER):
        return inherited
    return own or inherited or NeedRole.EITHER


def _take(pattern: re.Pattern[str], text: str, *, most: int) -> tuple[str | None, str]:
    """The first different matches joined by commas, and the text with them blanked."""
    found: list[str] = []
    for mark in pattern.finditer(text):
        words = mark.group().strip(_FIELD_ENDS) if pattern is not _TOLERANCE else mark.group().strip(" ,;:()")
        if words and words.casefold() not in {f.casefold() for f in found}:
            found.append(words)
    rest = pattern.sub(lambda m: " " * len(m.group()), text)
    return ", ".join(found[:most]) or None, rest


def part_of(text: str) -> str | None:
    """The thing itself: the words up to the first comma, colon or preposition, when they are few."""
    rest = text.strip()
    for _ in range(6):
        shorter = _LEAD_IN.sub("", rest, count=1).lstrip(" :–—-")
        if shorter == rest or not shorter:
            break
        rest = shorter
    end = _PART_ENDS.search(rest)
    head = (rest[: end.start()] if end else rest).strip(" .,;:'\"")
    if not head or len(head.split()) > _LONGEST_PART_WORDS or not re.search(r"[^\W\d_]{3}", head):
        return None
    return head


def details_of(text: str, *, role: NeedRole = NeedRole.EITHER) -> Details:
    """Fields stated in a need's words; a partner is no part, so partner needs get none."""
    certificate, rest = _take(_CERTIFICATE, text, most=6)
    due = _BY.search(rest)
    by = (due["when"] or due["quarter"]).strip() if due else None
    if due:
        rest = rest[: due.start()] + " " * (due.end() - due.start()) + rest[due.end() :]
    tolerance, rest = _take(_TOLERANCE, rest, most=3)
    size, rest = _take(_SIZE, rest, most=2)
    material, rest = _take(_MATERIAL, rest, most=3)
    quantity, _ = _take(_QUANTITY, rest, most=2)
    bought = _BUYER.search(text)
    buyer = next((name for name in bought.groups() if name), None) if bought else None
    return Details(
        part=None if role is NeedRole.PARTNER else part_of(text),
        material=material,
        size=size,
        tolerance=tolerance,
        quantity=quantity,
        certificate=certificate,
        by=by,
        buyer=buyer.strip(" .") if buyer else None,
    )
