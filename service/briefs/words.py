"""What the reader of briefs reports, said in the reader's language: its notes, and why it refused a file."""

from __future__ import annotations

import re
from collections.abc import Callable

from matcher import SourceError
from service.words import _, mark, ngettext

# (what the library says, what a page says); named parts are filled in. Whatever is not here is shown as it came.
_NOTES: tuple[tuple[str, str], ...] = (
    (r"this is a guide for applicants.*", mark("This is a guide for applicants: its lists are rules, not needs.")),
    (r"the document is in two languages.*", mark("The text is there in two languages; it was read once.")),
    (r"(?P<n>\d+) e-mail addresses or telephone numbers masked",
     mark("E-mail addresses and telephone numbers left out: %(n)s.")),
    (r"(?P<n>\d+) names of persons masked or left out", mark("Names of persons left out: %(n)s.")),
    (r"(?P<n>\d+) needs left out: at most (?P<most>\d+).*",
     mark("Needs left out: %(n)s. At most %(most)s are read from one brief.")),
    (r"the closing date (?P<day>\S+) is past", mark("The closing date %(day)s is past.")),
    (r"closing date left out: the brief names (?P<days>.+)",
     mark("No closing date was taken, since the brief names several: %(days)s.")),
    (r"closing date (?P<words>.+) left out: it .*",
     mark("No closing date was taken: %(words)s can be read in more than one way.")),
    (r"amount (?P<words>.+) left out: it is not in Canadian dollars",
     mark("The amount %(words)s was not taken: it is not in Canadian dollars.")),
    (r"amount (?P<words>.+) left out: it is a limit or a range",
     mark("The amount %(words)s was not taken: it is a limit or a range.")),
    (r"(?:total|cluster) amount left out: the brief names (?P<sums>.+)",
     mark("No amount was taken, since the brief names several: %(sums)s.")),
    (r"place left out: the brief names (?P<places>.+)",
     mark("No place was taken, since the brief names several: %(places)s.")),
    (r"(?P<n>\d+) work packages have a named lead.*",
     mark("Work packages that somebody leads already, and so are no needs: %(n)s.")),
    (r"description cut at (?P<n>\d+) characters", mark("The description was cut at %(n)s characters.")),
    (r"(?P<n>\d+) hidden parts of the page left out", mark("Hidden parts of the page left out: %(n)s.")),
    (r"read together: (?P<names>.+)", mark("Read together: %(names)s.")),
    (r"(?P<n>\d+) needs from the message", mark("Needs from the message itself: %(n)s.")),
    (r"(?P<n>\d+) needs from (?P<name>.+)", mark("Needs from %(name)s: %(n)s.")),
    (r"attachment (?P<name>.+) not read: .*", mark("The attachment %(name)s could not be read.")),
    (r"(?P<n>\d+) attachments not read: .*", mark("Attachments not read: %(n)s. Drop the brief alone.")),
    (r"(?P<n>\d+) of (?P<all>\d+) pages hold no text.*",
     mark("%(n)s of %(all)s pages hold no text, only pictures of it. Paste their text if it matters.")),
)  # fmt: skip
_NAMED = re.compile(r"(?P<name>'[^']+'|\"[^\"]+\"): (?P<note>.+)")


def say_note(note: str) -> str:
    """A note of the reader, in the language at hand."""
    for pattern, words in _NOTES:
        found = re.fullmatch(pattern, note)
        if found:
            return _(words, **{name: value.strip("'\"") for name, value in found.groupdict().items()})
    of_part = _NAMED.fullmatch(note)
    return f"{of_part['name'].strip(chr(39) + chr(34))}: {say_note(of_part['note'])}" if of_part else note


def say_refusal(error: SourceError, filename: str) -> str:
    """Why a file could not be read and what to do, in the language at hand."""
    said, name = str(error), filename or _("The text")
    known: tuple[tuple[str, Callable[[], str]], ...] = (
        ("only pictures of it (a scan)", lambda: _(
            "%(name)s is a scan: a picture of text. Copy its text from another program, or type what they need, and "
            "paste it here.", name=name)),
        ("protected by a password", lambda: _(
            "%(name)s is protected by a password. Save it without one, or paste its text here.", name=name)),
        (" is empty", lambda: _("%(name)s is empty. Choose another file, or paste the text here.", name=name)),
        ("Outlook message", lambda: _(
            "%(name)s is an Outlook message (.msg). Save it as .eml, or paste its text here.", name=name)),
        ("old Office format", lambda: _(
            "%(name)s is in the old Office format. Save it as .docx or PDF, or paste its text here.", name=name)),
        ("is a picture", lambda: _("%(name)s is a picture. Paste its text here.", name=name)),
        ("is a spreadsheet", lambda: _(
            "%(name)s is a spreadsheet. A list of firms goes to Firms → Bring in a list; of a brief, paste the text "
            "here.", name=name)),
        ("at most", lambda: _(
            "%(name)s is too long to be one brief. Take the pages that describe the project, or paste their text "
            "here.", name=name)),
        ("damaged", lambda: _(
            "%(name)s is damaged. Open it in its own program and save it again, or paste its text here.", name=name)),
        ("holds no", lambda: _("There is no text in %(name)s. Paste it here.", name=name)),
        ("without text", lambda: _("There is no text in %(name)s. Paste it here.", name=name)),
    )  # fmt: skip
    for part, words in known:
        if part in said:
            return words()
    return _(
        "%(name)s cannot be read. Expected is a PDF, a Word document (.docx), a web page, a text or an e-mail (.eml). "
        "Save it as one of these, or paste its text here.",
        name=name,
    )  # fmt: skip


def say_reading(n_pages: int | None, n_wrote: int, n_guessed: int) -> str:
    """How much was read, and what was found: the first words after a brief came in."""
    read = ngettext("Read %(num)s page.", "Read %(num)s pages.", n_pages) if n_pages else _("Read the text.")
    return f"{read} {say_needs(n_wrote, n_guessed)}"


def say_needs(n_wrote: int, n_guessed: int) -> str:
    """How many needs there are, and who says so."""
    total = n_wrote + n_guessed
    if not total:
        return _("They wrote no needs, and we can guess none.")
    if not n_wrote:
        return ngettext("They wrote no needs down. We guess one.", "They wrote no needs down. We guess %(num)s.", total)
    all_of_it = ngettext("They need %(num)s thing", "They need %(num)s things", total)
    if not n_guessed:
        return _("%(all)s, and wrote all of it.", all=all_of_it)
    parts = _("%(wrote)s they wrote, %(guessed)s we guess.", wrote=n_wrote, guessed=n_guessed)
    return _("%(all)s: %(parts)s", all=all_of_it, parts=parts)
