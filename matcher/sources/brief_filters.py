"""What stands in lists of needs and is none: money, dates, contacts, eligibility and paper work."""

from __future__ import annotations

import re

from matcher.sources.brief_dates import find_dates, find_money
from matcher.sources.brief_details import only_details
from matcher.sources.brief_phrases import MAX_NEED_WORDS, is_capability, is_negated, is_vague, sentences
from matcher.sources.brief_words import Topic, fold, heading_of
from matcher.sources.mail_text import is_closing, is_disclaimer, is_greeting

_MONEY_START = re.compile(
    r"^(?:(?:total |project |overall |estimated |maximum |our |the |approximate )*(?:budget|cost|funding|"
    r"contribution|price|investment|grant|amount|value|subsid\w+)s?\b|le (?:budget|cout|montant)|budget|cout|"
    r"montant|financement|[$€£\d.,\s]+(?:\$|k\$|m\$|million|cad))"
)
_ADMIN = re.compile(
    r"^(?:(?:suppliers?|vendors?|bidders?|partners?|applicants?|firms?|companies|respondents?|proponents?|"
    r"participants?|contractors?|you|they|it|all \w+|each \w+|les? \w+|tous les \w+)\s)?(?:"
    r"(?:must|shall|should|to|need to|has to|have to|will|doit|doivent|devra|devront)\s(?:be |etre |not |"
    r"ne )?(?:(?:a |an |legally |un |une )?(?:registered|incorporated|located|based|canadian|for-profit|"
    r"not-for-profit|insured|bonded|members?|eligible|in good standing|financially|willing|available|"
    r"able to (?:sign|invoice|travel|start)|owned|resident|"
    r"situee?s?|etablie?s?|constituee?s?|inscrite?s?|canadien\w*|assuree?s?|membres?)|(?:submit|provide (?:a |an |"
    r"your |proof|evidence|references|two|three|copies|pricing|insurance)|include|sign|carry|maintain|demonstrate|"
    r"show|have (?:at least|a minimum|fewer|less than|more than|been|valid|proof|liability|an? (?:ontario|canadian))|"
    r"contribute|commit|hold (?:valid |liability )?insurance|agree|attend|comply|follow|bear|pay|match|complete|"
    r"register|accept|confirm|respond|quote in|deposer|soumettre|fournir (?:une? |des |la preuve)|signer|joindre|"
    r"demontrer))"
    r"|proof of|evidence of|copy of|copies of|letters? of (?:support|intent|reference)|references?\b|(?:two|three|"
    r"3|2) references|client references|nda\b|(?:signed )?(?:a )?non-?disclosure|(?:commercial )?(?:liability|"
    r"general liability)? ?insurance\b|wsib|cnesst|financial statements?|company profile|corporate profile|"
    r"unit price|pricing\b|price (?:per|breakdown|valid)|lead[- ]time\b(?! reduction)|payment|quote (?:valid|must|"
    r"should|to|in|by|number|ref)|quotes? (?:by|due|must|should|are|to be)|quotation\b|validity|delivery (?:terms|"
    r"time|date|schedule|to)\b|incoterms?|shipping (?:terms|cost|to)|cv\b|resumes? of|curriculum|your (?:name|"
    r"price|pricing|company|contact|"
    r"quote|experience|lead|best|proposal|response|availability|address)|name and|contact\b|e-?mail\b|phone\b|"
    r"tel\b|questions?\b|deadlines?\b|closing\b|closes?\b|due (?:date|by|on)\b|response|responses|submit|send|"
    r"attach|please\b|include\b|reply|respond|apply\b|register|registration|visit|call us|for more|"
    r"see (?:attached|drawing|our)|more info|"
    r"canadian(?:-owned| ownership| content| company)|(?:based|located|situated|incorporated|registered|"
    r"headquartered) in|be (?:based|located|incorporated|registered)|(?:must|should) be (?:in|within) |"
    r"within \d+ ?(?:km|kilomet|minutes|hours)|(?:at least|a minimum of|minimum|over|more than) (?:\d+|two|three|"
    r"four|five|ten) (?:years|employees|references)|(?:\d+|two|three|five|ten)\+? years|"
    r"minimum (?:of )?\d+ (?:years|employees|partners)|\d+\+? years|fewer than|"
    r"eligib\w+|ineligib\w+|applicants? |cash (?:contribution|match)|in-kind|matching|cost[- ]shar\w+|letter\b|"
    r"signed\b|background check|security clearance|health (?:and|&) safety (?:policy|program|record)|"
    r"good standing|years? in business|experience with (?:government|similar contracts)|financial (?:capacity|"
    r"stability|health)|"
    r"project management|programme management|management (?:and|&)|coordination(?: and| of the)|dissemination|"
    r"reporting\b|communication (?:and|&) diss|gestion (?:de|du) projet|coordination|diffusion|administration\b|"
    r"knowledge mobili|kick-?off|steering|"
    r"preuve|attestation|copie|lettre|deux references|trois references|assurance|etats financiers|"
    r"delai de livraison|prix unitaire|modalites|conditions de paiement|validite|votre |vos |nom et|coordonnees|"
    r"courriel|telephone|date limite|cloture|depot|envoyer|joindre|veuillez|merci|repondre|inscription|admissib|"
    r"etre (?:situe|base|etabli|inscrit|une entreprise)|entreprise (?:canadienne|quebecoise|ontarienne)|"
    r"au moins \d+ (?:ans|employes)|avoir (?:au moins|une place d'affaires|son siege)|note|nb|n\.b\.|ps|thanks|"
    r"thank you|regards|we (?:will|are|have|can|also have|already)|our (?:team|budget|timeline|goal|plant is)|"
    r"nous (?:avons|sommes|pouvons)|"
    r"the (?:project|budget|deadline|contract|quote|work (?:will|is|starts))|drawings?\b.{0,40}(?:attached|"
    r"available|on request|nda|provided)|(?:plans|dessins)\b.{0,40}(?:joints|disponibles|fournis|sur demande)|"
    r"quotes? |none\b|n/?a\b|aucun|tbd\b|approval of|sign[- ]?off|start date|end date|duration|duree|"
    r"material cert\w*|certificates? of (?:conformance|conformity|analysis)|certificat de conformite|"
    r"first article inspection reports?|fair\b|coc\b|packing slip|invoice|purchase order|po number|warranty|"
    r"garantie|terms\b|net \d+|f\.?o\.?b|ddp\b|dap\b|exw\b|freight|customs|duties|"
    r"open to|partial quotes|no (?:minimum|bid)|award|evaluation|quality plan|inspection (?:report|plan)|ppap\b|"
    r"parts? (?:to be|must be|individually|bagged|packed|are to|shall)|all (?:parts|items|materials?|dimensions|"
    r"work|components) (?:to|must|shall|are|will|should)|deburr (?:all|edges)|break all|remove all|no burrs|"
    r"toutes les pieces)"
)
_INFO = re.compile(r"(?:\[e-?mail\]|\[phone\]|\[name\]|https?://\S+|www\.\S+)")
_FIRM_ALREADY = re.compile(
    r"\b(?:already (?:on board|covered|selected|confirmed|in place|have)|(?:is|are) confirmed|confirmed partner|"
    r"led by|lead partner: \w|deja (?:confirme|en place|comble)|partenaire confirme|in[- ]house\b|done\b|filled|"
    r"covered by|comble)\b"
)


def is_need(text: str, *, weak: bool = False) -> bool:
    """Whether a list item may be a need: a thing or work, not money, a date, a contact, eligibility or paper work.

    Args:
        text: the item.
        weak: the list stands where needs are not sure to stand: a capability must be named.

    Example:
        >>> is_need("CNC machining of shafts"), is_need("Must be incorporated in Canada"), is_need("Budget: $40,000")
        (True, False, False)
    """
    plain = fold(text).strip(" -–—•*.,:")
    words = re.findall(r"[^\W\d_]{2,}", plain)
    if not words or len(plain) < 3 or is_vague(text) or is_greeting(text) or is_closing(text) or is_disclaimer(text):
        return False
    if is_negated(text) or re.match(r"^(?:no|not|non|pas|sans|aucun\w*)\s", plain) or _FIRM_ALREADY.search(plain):
        return False
    if _MONEY_START.match(plain) or _ADMIN.match(plain) or plain.endswith("?") and not is_capability(text):
        return False
    if _is_fact(text, plain):
        return False
    return is_capability(text) if weak else True


def _is_fact(text: str, plain: str) -> bool:
    """Whether an item is mostly money, a date or a contact."""
    bare = _INFO.sub(" ", text)
    if len(re.findall(r"[^\W\d_]{3,}", bare)) <= 2 and bare != text:
        return True
    label = re.match(r"^([^:]{2,40}):\s", plain)
    if label and heading_of(label.group(1)).topic in (Topic.ADMIN, Topic.CONTACT):
        return True
    if label and re.match(
        r"^(?:location|lieu|place|site|ville|city|reference|date|company|entreprise)\b", label.group(1)
    ):
        return True
    n_words = len(plain.split())
    dates, money = find_dates(text), find_money(text)
    if dates and n_words - sum(len(date.words.split()) for date in dates) <= 2 and not is_capability(text):
        return True
    return bool(money) and n_words <= 6 + sum(len(sum_.words.split()) for sum_ in money) and not is_capability(text)


def is_detail(text: str) -> bool:
    """Whether an item only adds to another: a certificate, a tolerance, an alloy."""
    return only_details(text)


def short_text(text: str) -> str:
    """A need's words, short enough to search: its first clauses, without money and marks.

    Example:
        >>> short_text("Powder coating (about $4,000 a lot).")
        'Powder coating'
    """
    text = re.sub(r"\s*\([^()]*[$€£][^()]*\)", "", text)
    text = _INFO.sub("", text)
    text = " ".join(text.split()).strip(" ,;:.-–—•*")
    pieces = sentences(text)
    if len(pieces) > 1:
        # A title of a word or two says little without the sentence that explains it.
        first = pieces[0].rstrip(".")
        text = f"{first}: {pieces[1]}" if len(first.split()) <= 3 else first
    if len(text.split()) > MAX_NEED_WORDS:
        text = _first_clauses(text)
    return text.strip(" ,;:.-–—•*")


def _first_clauses(text: str) -> str:
    cut = None
    for mark in re.finditer(
        r";|\s[–—-]\s|,\s|\s(?:which|that|who|so that|in order to|including|qui|afin de|dont|incluant)\s|:\s|\(", text
    ):
        if len(text[: mark.start()].split()) > MAX_NEED_WORDS:
            break
        if len(text[: mark.start()].split()) >= 4:
            cut = mark.start()
    return text[:cut] if cut else " ".join(text.split()[:MAX_NEED_WORDS])
