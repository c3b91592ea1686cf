"""Finds e-mail addresses and telephone numbers in text, so that they are never indexed, quoted or logged.

A number counts as a telephone number by its form (North American area code and exchange, an international prefix)
or by the word before it ("tel.", "fax", "call"). Years, sizes, money, codes and part numbers stay.
"""

from __future__ import annotations

import re
from collections import Counter

EMAIL_MASK = "[email]"
PHONE_MASK = "[phone]"
EMAIL_COUNT = "e-mail in text"
PHONE_COUNT = "telephone in text"

# Numbers without any separator are taken as telephone numbers only with an area code that exists in Canada or a
# toll-free one: ten bare digits are as often a part or registry number.
_CANADA = (
    "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 460 468 474 506 514 "
    "519 548 568 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 "
    "942 800 833 844 855 866 877 888"
)
_UNITS = r"(?:mm|cm|µm|km|m2|ft|feet|lbs?|kg|tons?|tonnes?|psi|rpm|hp|kw|kva|volts?|watts?|units?|pieces|pcs|sq|%|\$|€)"
_EXTENSION = r"(?:\s*[,;/(]?\s*(?:extension|ext|extn|poste|p\.|x|#)\s*[.:#]?\s*\d{1,6}(?!\d)\)?(?:\s*(?:or|ou|,|/)\s*\d{1,6}\b)?)?"
_SEP = r"(?:\s?[-.–—‐‑/·]\s?|\s)"
_AREA = r"(?!200|300|400|\d9|\d11)[2-9]\d\d"
_NOT_BEFORE = r"(?<![\w$€£+])(?<!\d[.,-])(?<!\b\d/)(?<!\b\d\d/)(?<!\b[A-Z]-)(?<!\b[A-Z]{2}-)(?<!\b[A-Z]{3}-)"
_NOT_AFTER = r"(?!\d)(?![-.]\d|/\d(?!\d\d[-. )]))(?![A-Z]\b)"

_EMAIL = re.compile(
    r"(?:mailto:\s*)?[\w.%+'’-]{1,64}\s?@\s?(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}\b"
    r"|\b[\w.%+-]{1,64}\s?[\[({<]\s?(?:at|à|arobas)\s?[\])}>]\s?[\w-]{1,63}"
    r"(?:\s?(?:\.|[\[({<]\s?(?:dot|point)\s?[\])}>])\s?[\w-]{2,63}){1,5}",
    re.IGNORECASE,
)
_NORTH_AMERICAN = re.compile(
    rf"{_NOT_BEFORE}(?:\+?1{_SEP}?|\+1)?"
    rf"(?:\(\s?{_AREA}\s?\)\s?[-.–/]?\s?[2-9]\d\d{_SEP}?\d{{4}}"
    rf"|{_AREA}{_SEP}{{1,2}}[2-9]\d\d{_SEP}{{1,2}}\d{{4}}"
    rf"|{_AREA}{_SEP}[2-9]\d{{6}})"
    rf"{_NOT_AFTER}{_EXTENSION}"
)
_PLUS_ONE = re.compile(rf"\+\s?1{_SEP}?\(?\d{{3}}\)?{_SEP}?\d{{3}}{_SEP}?\d{{4}}(?!\d){_EXTENSION}")
_BARE = re.compile(
    rf"{_NOT_BEFORE}(?<!\d )1?(?:{'|'.join(_CANADA.split())})[2-9]\d{{6}}(?![\d.,-]\d|\w|\s?{_UNITS}\b){_EXTENSION}"
)
_VANITY = re.compile(
    r"(?<![\w-])1[-. ]\(?8(?:00|33|44|55|66|77|88)\)?[-. ](?=[A-Z\d-]*[A-Z])[A-Z\d](?:-?[A-Z\d]){6,10}(?![\w-])"
)
_INTERNATIONAL = re.compile(
    rf"(?<![\w.,+])(?:\+\s?|00[ .-]?)(?=[1-9](?:[^\d]{{0,3}}\d){{8,14}}(?!\d))"
    rf"[1-9]\d{{0,2}}(?:[ .\-–()]{{0,3}}\d){{7,13}}(?!\d)(?!\s?{_UNITS}\b){_EXTENSION}"
)
_LABELLED = re.compile(
    r"(?P<label>(?<![^\W\d_])(?:tel(?:ephone)?s?|t[ée]l(?:[ée]phone)?s?|phones?|fax|t[ée]l[ée]copieurs?|cell(?:ulaire|ular)?|"
    r"mobile|call|toll[- ]?free|sans[- ]frais|whatsapp)\.?\s*(?:us\s+at|at|us|no\.?|number|num[ée]ro|au|#)?\s*[:#.\-–]?\s*)"
    rf"(?P<number>\+?\(?\d(?:[\s().\-–/]{{0,3}}\d){{6,14}}(?!\d){_EXTENSION})",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:\W*(?:19|20)\d\d\b)+\W*")
_LONG_ENOUGH = re.compile(r"(?:\d[^\d]{0,5}){7}|8(?:00|33|44|55|66|77|88)")
_AT = re.compile(r"@|[\[({<]\s?(?:at|à|arobas)\s?[\])}>]", re.IGNORECASE)
_NEIGHBOUR = re.compile(r"\s\d{3,4}(?!\d)")
_SPACED = re.compile(r"\d{3} \d{3} \d{4}")


def mask_emails(text: str) -> tuple[str, int]:
    """Replace e-mail addresses by ``[email]`` and count them."""
    # Most texts hold none; looking for the sign first keeps 200,000 texts within seconds.
    return _EMAIL.subn(EMAIL_MASK, text) if _AT.search(text) else (text, 0)


def _keep_sizes(match: re.Match[str]) -> str:
    """Three groups with only blanks between them are a number only when no fourth group or unit is beside them."""
    if _SPACED.fullmatch(match[0]):
        text, after = match.string, match.end()
        if re.match(rf"\s?{_UNITS}(?!\w)", text[after : after + 12], re.IGNORECASE):
            return match[0]
        if _NEIGHBOUR.match(text, after) or re.search(r"\d\s$", text[: match.start()][-3:]):
            return match[0]
    return PHONE_MASK


def _keep_years(match: re.Match[str]) -> str:
    number = match["number"]
    return match[0] if _YEARS.fullmatch(number) else match["label"] + PHONE_MASK


def mask_phones(text: str) -> tuple[str, int]:
    """Replace telephone numbers by ``[phone]`` and count them."""
    if not _LONG_ENOUGH.search(text):
        return text, 0
    before = text.count(PHONE_MASK)
    text = _LABELLED.sub(_keep_years, text)
    text = _PLUS_ONE.sub(PHONE_MASK, text)
    text = _NORTH_AMERICAN.sub(_keep_sizes, text)
    text = _INTERNATIONAL.sub(PHONE_MASK, text)
    text = _BARE.sub(PHONE_MASK, text)
    text = _VANITY.sub(PHONE_MASK, text)
    return text, text.count(PHONE_MASK) - before


def mask_contacts(text: str) -> tuple[str, int]:
    """Replace e-mail addresses by ``[email]`` and telephone numbers by ``[phone]``.

    Returns:
        The text and how many were replaced; masks that were there before do not count.

    Example:
        >>> mask_contacts("Call 905-555-0142 x 3 or sales@example.com about 6061-T6, 1990-2010.")
        ('Call [phone] or [email] about 6061-T6, 1990-2010.', 2)
    """
    text, n_emails = mask_emails(text)
    text, n_phones = mask_phones(text)
    return text, n_emails + n_phones


def mask_into(text: str, dropped: Counter[str]) -> str:
    """Mask the contacts of one text and add their counts to ``dropped``, e-mails and telephones apart."""
    text, n_emails = mask_emails(text)
    text, n_phones = mask_phones(text)
    if n_emails:
        dropped[EMAIL_COUNT] += n_emails
    if n_phones:
        dropped[PHONE_COUNT] += n_phones
    return text


def _rest(value: str) -> str:
    """What a cell holds beside contacts, digits and punctuation."""
    return re.sub(r"\[(?:email|phone)\]|[\d\W_]", "", value)


def looks_like_email(value: str) -> bool:
    """Whether a cell is an e-mail address or a few, perhaps with a name beside each; a long text is not."""
    masked, count = mask_emails(value)
    return count > 0 and len(_rest(masked)) <= 40 * count


def looks_like_phone(value: str) -> bool:
    """Whether a cell is a telephone number or a few, perhaps with a label or a name beside each."""
    value = value.strip()
    # In a cell of its own a local number and ten bare digits can be taken as such; in running text they cannot.
    if re.fullmatch(r"[2-9]\d\d[-. ]\d{4}|1?[2-9]\d\d[2-9]\d{6}", value):
        return True
    masked, count = mask_phones(value)
    return count > 0 and len(_rest(masked)) <= 40 * count
