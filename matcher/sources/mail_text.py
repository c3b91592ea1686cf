"""The part of a message's text that its sender wrote: no quoted replies, signatures, greetings, disclaimers."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHORT_REPLY_WORDS = 25
"""A reply with fewer words of its own is read with what it quotes: "see below, can you help?"."""

_PREFIX = re.compile(
    r"^\s*(?:(?:re|fwd?|fw|tr|rép|ref|réf|aw|wg|sv|vs|transf)\s*(?:\[\d+\])?\s*:|\[(?:ext|external|externe|"
    r"spam)[^\]]*\]"
    r"|(?:external|externe)\s*:)\s*",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^[\s>*-]*(?:-{2,}\s*)?(?:forwarded message|message transféré|message transmis|begin forwarded message|"
    r"début du message (?:réexpédié|transféré))\b.*$",
    re.IGNORECASE,
)
_REPLY = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|message d'origine|message original)\s*-{0,}|_{20,}"
    r"|(?:on|le)\b.{4,200}(?:wrote|a écrit)\s*:?\s*$)",
    re.IGNORECASE,
)
_REPLY_START = re.compile(r"^\s*(?:on|le)\b.{4,120}\b\d{4}\b", re.IGNORECASE)
_REPLY_END = re.compile(r"(?:wrote|a écrit)\s*:?\s*$", re.IGNORECASE)
_HEADER = re.compile(
    r"^[\s>*]*\*?(?P<key>from|sent|to|cc|bcc|subject|date|reply-to|importance|attachments?|de|envoyé|à|objet|"
    r"pièces? jointes?)\s?\*?:\*?\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|to whom it may concern|"
    r"bonjour|bonsoir|salut|all|team|chère?s?|madame|monsieur)\b[^.?!:]{0,50}[,!.:–-]?$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:(?:with )?(?:best|kind|warm|many)?\s*(?:regards|wishes)|(?:many )?thanks(?: (?:again|so much|in advance|"
    r"and (?:best |kind )?regards|a lot|very much))?|thank you(?: (?:very much|so much|again|in advance|all))?|"
    r"all the best|best|cheers|sincerely|yours (?:truly|sincerely|faithfully)|respectfully|talk soon|"
    r"cordialement|bien (?:cordialement|à vous)|(?:meilleures |cordiales |sincères )?salutations(?: distinguées)?|"
    r"merci(?: (?:d'avance|beaucoup|à l'avance|et bonne journée))?|à bientôt|amicalement|"
    r"sent from my \w+|envoyé de mon \w+|get outlook for \w+)\s*[,.!–-]*(?:\s+[A-ZÀ-Ý][\w.-]+){0,3}$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"intended (?:only |solely )?(?:for|recipient)|confidential(?:ity)? (?:notice|and (?:may|intended|privileged))|"
    r"this (?:e-?mail|message|communication)(?:,? (?:and|including) (?:any|its) (?:attachments?|files)[^.]{0,40},?)? "
    r"(?:is|are|may|contains?)|if you (?:have )?received? this|(?:virus|malware)[- ]free|unsubscribe|"
    r"view (?:this|it) (?:e-?mail )?in (?:your|a) browser|please consider the environment|caution: this e|"
    r"originated from outside|ce (?:courriel|message)(?: \S+){0,8} (?:est|peut|sont|contien)|"
    r"destinataire[s]? (?:prévu|visé|désigné)|avis de confidentialité|si vous (?:avez|l'avez|recevez)[^.]{0,40}erreur|"
    r"se désabonner|pensez à l'environnement",
    re.IGNORECASE,
)
_NAME_LINE = re.compile(
    r"^[A-ZÀ-Ý][\w'’.-]+(?:\s+(?:[A-ZÀ-Ý][\w'’.-]*|de|van|von|da|le|la)){0,3},?(?:\s+[A-Z][A-Za-z.]{1,5}\.?)?$"
)


@dataclass(frozen=True, slots=True)
class MailText:
    """What the sender wrote.

    Attributes:
        text: the message without greeting, signature, quoted replies and disclaimers.
        names: names of persons found in the signature and in header lines.
        subject: subject of a forwarded message, or None.
        notes: what was left out.
    """

    text: str
    names: tuple[str, ...] = ()
    subject: str | None = None
    notes: tuple[str, ...] = ()


def plain_subject(subject: str) -> str:
    """A subject without its "Re:", "Fwd:", "TR :" and "[EXTERNAL]".

    Example:
        >>> plain_subject("RE: Fwd: [EXT] Machined housings")
        'Machined housings'
    """
    while mark := _PREFIX.match(subject):
        subject = subject[mark.end() :]
    return " ".join(subject.split())


def is_disclaimer(text: str) -> bool:
    """Whether a paragraph is a confidentiality notice or the like."""
    return _DISCLAIMER.search(text) is not None


def is_greeting(text: str) -> bool:
    """Whether a line only greets."""
    return len(text.split()) <= 7 and _GREETING.match(text.strip()) is not None


def is_closing(text: str) -> bool:
    """Whether a line only closes a letter: "Kind regards,"."""
    return _CLOSING.match(text.strip()) is not None


def own_text(text: str, *, forwarded: bool = False) -> MailText:
    """Cut a message down to what its sender wrote.

    Args:
        text: the body.
        forwarded: the subject says that the message was forwarded: what stands below is then the brief.

    Returns:
        The own text; of a forwarded message, and of a reply with hardly a word of its own, what it holds below.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at, end, mark = _quoted_start(lines)
    notes: list[str] = []
    subject: str | None = None
    names: list[str] = []
    if at is None:
        own, below = [line for line in lines if not line.lstrip().startswith(">")], []
        if len(" ".join(own).split()) < SHORT_REPLY_WORDS and len(own) < len(lines):
            own, at = own, len(lines)
            below = [re.sub(r"^[\s>]+", "", line) for line in lines if line.lstrip().startswith(">")]
    else:
        own = [line for line in lines[:at] if not line.lstrip().startswith(">")]
        below = [re.sub(r"^(?:\s*>)+ ?", "", line) for line in lines[end:]]
    own_words = len(" ".join(own).split())
    passed_on = mark == "forward" or (forwarded and mark == "headers")
    if below and (passed_on or own_words < SHORT_REPLY_WORDS):
        inner = own_text(_without_headers(below, names))
        subject = inner.subject or _subject_of(below)
        top, top_names = _without_signature(own)
        names += [*top_names, *inner.names]
        notes.append("read with the message that is forwarded or quoted below it")
        return MailText("\n".join([*top, "", inner.text]), tuple(names), subject, tuple(dict.fromkeys(notes)))
    if below or at is not None or len(own) < len(lines):
        notes.append("quoted replies left out")
    own, found = _without_signature(own)
    return MailText("\n".join(own), tuple([*names, *found]), None, tuple(notes))


def _quoted_start(lines: list[str]) -> tuple[int | None, int, str]:
    """(line where the quoted message begins, line after its mark, "forward", "reply" or "headers")."""
    for index, line in enumerate(lines):
        if _FORWARD.match(line):
            return index, index + 1, "forward"
        if _REPLY.match(line):
            return index, index + 1, "reply"
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if _REPLY_START.match(line) and not _REPLY_END.search(line) and _REPLY_END.search(following):
            return index, index + 2, "reply"
        keys = {mark["key"].casefold() for other in lines[index : index + 6] if (mark := _HEADER.match(other))}
        first = _HEADER.match(line)
        if first and first["key"].casefold() in ("from", "de") and len(keys) >= 3:
            return index, index, "headers"
    return None, len(lines), "reply"


def _without_headers(lines: list[str], names: list[str]) -> str:
    """A quoted message without the header lines at its top; the names in them are kept to be masked."""
    index = 0
    while index < len(lines):
        mark = _HEADER.match(lines[index])
        if mark:
            if mark["key"].casefold() in ("from", "to", "cc", "de", "à"):
                names += _names_of(mark["value"])
        elif lines[index].strip():
            break
        index += 1
    return "\n".join(lines[index:])


def _subject_of(lines: list[str]) -> str | None:
    for line in lines[:12]:
        mark = _HEADER.match(line)
        if mark and mark["key"].casefold() in ("subject", "objet"):
            return plain_subject(mark["value"]) or None
    return None


def _names_of(addresses: str) -> list[str]:
    plain = re.sub(r"<[^>]*>|\[[^\]]*\]|\S+@\S+|[\"*]", "", addresses)
    return [name.strip() for name in re.split(r"[;,]", plain) if len(name.split()) in (2, 3)]


def _without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """Cut at "-- " or at a closing such as "Kind regards"; what follows a closing is short: a name, a firm, numbers."""
    kept: list[str] = []
    names: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        rest = [other.strip() for other in lines[index + 1 :] if other.strip()]
        if re.match(r"^--\s*$", line):
            names += [other for other in rest[:2] if is_name(other)]
            break
        if is_closing(line) and all(len(other.split()) <= 14 or is_disclaimer(other) for other in rest[:12]):
            names += [other.rstrip(",") for other in rest[:1] if is_name(other)]
            # A postscript below the signature is read.
            after = next(
                (i for i, o in enumerate(lines[index + 1 :], index + 1) if re.match(r"\s*p\.?s\.?\b", o, re.I)), None
            )
            if after is None:
                break
            index = after
            continue
        kept.append(line)
        index += 1
    while kept and not kept[-1].strip():
        kept.pop()
    return kept, names


def is_name(text: str) -> bool:
    """Whether a line may be a person's name: one to four capitalised words."""
    return _NAME_LINE.match(text.strip()) is not None and not text.isupper()
