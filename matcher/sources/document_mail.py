"""E-mail (.eml) → blocks: subject, newest message, and attachments that are documents.

Addresses, names in headers, quoted history and signatures are never kept: they are about people, not the project.
"""

from __future__ import annotations

import email
import email.errors
import email.policy
import re
from collections.abc import Callable
from email.message import EmailMessage

from matcher.errors import SourceError
from matcher.sources.document_blocks import Block, BlockKind, Document, Reading, clean, refusal
from matcher.sources.document_html import read_html
from matcher.sources.document_lines import blocks_of_lines
from matcher.sources.document_text import decode, text_lines

MAX_ATTACHMENTS = 10
MAX_ATTACHMENT_BYTES = 20_000_000
MAX_DEPTH = 2
_PREFIX = re.compile(
    r"^(?:\s*(?:re|fwd?|tr|rép|rep|ref|réf|wg|aw)\s*(?:\[\d+\])?\s*:\s*|\s*\[[^\]]{1,40}\]\s*)+", re.I
)
_FORWARD = re.compile(r"^\s*(?:fwd?|tr|wg)\s*:", re.I)
_HEADER = re.compile(
    r"^[\s>*]*\*?(?:from|sent|to|cc|bcc|subject|date|reply-to|importance|attachments?|de|envoyé|à|objet|date d'envoi|"
    r"cci|pièces jointes)\*?\s?:\*?\s*(?:\S.*)?$",
    re.I,
)
_SENDER = re.compile(r"^[\s>*]*\*?(?:from|de)\*?\s?:", re.I)
_MARKER = re.compile(
    r"^[\s>]*(?:-{2,}\s*(?:original message|forwarded message|message (?:d'origine|transféré)|message original)"
    r"|begin forwarded message|début du message (?:transféré|réexpédié)|_{10,}\s*$)",
    re.I,
)
_WROTE = re.compile(r"^\s*(?:on\b.{5,200}\bwrote\s?:|le\b.{5,200}\b(?:a écrit|écrivait)\s?:)\s*$", re.I)
_SIGN_OFF = re.compile(
    r"^\s*(?:(?:kind|best|warm|many)?\s*regards|best|(?:many )?thanks(?: again| so much)?|thank you|sincerely|cheers|"
    r"yours (?:truly|sincerely)|cordialement|bien cordialement|salutations.{0,20}|merci(?: d'avance)?|bien à vous)"
    r"\s*[,.!]?\s*$",
    re.I,
)
_SENT_FROM = re.compile(r"^\s*(?:sent from my|envoyé de mon|envoyé depuis|get outlook for)\b", re.I)
_SIGNATURE_LINES = 15
_OUTER_WORDS = 60

ReadBytes = Callable[[bytes, str, int], Document]


def _history_starts(lines: list[str], start: int = 0) -> int | None:
    """First line of a quoted or forwarded message, from ``start`` on."""
    for i in range(start, len(lines)):
        if _MARKER.match(lines[i]) or _WROTE.match(lines[i]):
            return i
        # "On … <wrapped> … wrote:" runs over two lines in most programs.
        if i + 1 < len(lines) and re.match(r"\s*(?:on|le)\b", lines[i], re.I):
            if _WROTE.match(f"{lines[i].rstrip()} {lines[i + 1].strip()}"):
                return i
        headers = sum(bool(_HEADER.match(line)) for line in lines[i : i + 5])
        if _SENDER.match(lines[i]) and headers >= 3:
            return i
    return None


def _without_signature(lines: list[str]) -> list[str]:
    for i, line in enumerate(lines):
        if line.rstrip("\r\n") in ("-- ", "--") or _SENT_FROM.match(line):
            lines = lines[:i]
            break
    for i in range(len(lines) - 1, -1, -1):
        rest = [line for line in lines[i + 1 :] if line.strip()]
        if len(rest) > _SIGNATURE_LINES:
            break
        if _SIGN_OFF.match(lines[i]) and all(len(line) <= 100 for line in rest):
            return lines[:i]
    return lines


def newest_message(text: str, *, forwarded: bool = False) -> str:
    """The words of the newest message of a mail's text.

    Args:
        text: the body.
        forwarded: the subject says that the mail was passed on: when hardly anything was written above the
            forwarded message, that message is what was meant, and one level of it is kept.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cut = _history_starts(lines)
    if cut is not None:
        above = _without_signature(lines[:cut])
        if forwarded and len(" ".join(above).split()) <= _OUTER_WORDS:
            below = cut
            while below < len(lines) and (
                not lines[below].strip() or _MARKER.match(lines[below]) or _HEADER.match(lines[below])
            ):
                below += 1
            unquoted = [re.sub(r"^> ?", "", line) for line in lines[below:]]
            above = unquoted[: _history_starts(unquoted)]
        lines = above
    kept = [line for line in lines if not re.match(r"\s*>", line)]
    return "\n".join(_without_signature(kept)).strip()


def _part_text(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_content_charset()
    if charset:
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError):
            # The header names an unknown or a wrong encoding: fall through to what the bytes say.
            pass
    return decode(data)[0]


def _bodies(message: EmailMessage) -> tuple[str, str]:
    """(plain text, HTML) of the message itself; either may be empty."""
    plain: list[str] = []
    html: list[str] = []
    for part in _leaves(message):
        if part.get_filename() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html"):
            (plain if kind == "text/plain" else html).append(_part_text(part))
    return "\n".join(plain), "\n".join(html)


def _leaves(message: EmailMessage) -> list[EmailMessage]:
    """Parts that are not containers; a forwarded message is one part, not its parts."""
    found: list[EmailMessage] = []
    stack = [message]
    while stack:
        part = stack.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            stack.extend(p for p in reversed(payload) if isinstance(p, EmailMessage))
        else:
            found.append(part)
    return found


def _body_blocks(message: EmailMessage, subject: str, filename: str) -> list[Block]:
    plain, html = _bodies(message)
    forwarded = bool(_FORWARD.match(subject))
    words = newest_message(plain, forwarded=forwarded)
    if html.strip():
        try:
            found = read_html(html, filename, mail=not forwarded).blocks
        except SourceError:
            found = []
        # A mail program flattens tables when it makes the plain part.
        if not words or any(block.kind is BlockKind.ROW for block in found):
            return _newest_blocks(found, forwarded=forwarded)
    return blocks_of_lines(text_lines(words))


def _newest_blocks(blocks: list[Block], *, forwarded: bool) -> list[Block]:
    lines = [block.text for block in blocks]
    cut = _history_starts(lines)
    if cut is not None:
        blocks = blocks[:cut] if not forwarded else [b for b in blocks if not _HEADER.match(b.text)]
        blocks = [block for block in blocks if not _MARKER.match(block.text)]
    return blocks[: len(_without_signature([block.text for block in blocks]))]


def _attachment_data(part: EmailMessage) -> tuple[bytes, str]:
    name = clean(part.get_filename() or "") or "attachment"
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        data = inner[0].as_bytes() if isinstance(inner, list) and inner else b""
        return data, name if name.lower().endswith(".eml") else f"{name}.eml"
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b"", name


def _attachments(message: EmailMessage, read: ReadBytes, depth: int) -> tuple[list[Document], list[str]]:
    found: list[Document] = []
    notes: list[str] = []
    n_seen = 0
    for part in _leaves(message):
        inner = part.get_content_type() == "message/rfc822"
        if not (part.get_filename() or inner or part.get_content_disposition() == "attachment"):
            continue
        if part.get_content_maintype() == "image" and part.get("Content-ID"):
            continue  # a logo in the signature
        n_seen += 1
        data, name = _attachment_data(part)
        if depth >= MAX_DEPTH:
            notes.append(f"attachment {name!r} was not read: it lies more than {MAX_DEPTH} messages deep")
        elif n_seen > MAX_ATTACHMENTS:
            notes.append(f"attachment {name!r} was not read: at most {MAX_ATTACHMENTS} are")
        elif len(data) > MAX_ATTACHMENT_BYTES:
            notes.append(
                f"attachment {name!r} was not read: it has {len(data):,} bytes, at most {MAX_ATTACHMENT_BYTES:,}"
            )
        else:
            try:
                found.append(read(data, name, depth + 1))
            except SourceError as error:
                notes.append(f"attachment was not read: {error}")
    return found, notes


def read_mail(data: bytes, filename: str, read: ReadBytes, depth: int = 0) -> Reading:
    """Blocks of a mail: its newest message, then its attachments.

    Args:
        data: the message.
        filename: for the error.
        read: reads an attachment: (bytes, name, depth) → document.
        depth: how many messages this one lies in.

    Raises:
        SourceError: neither the message nor an attachment holds text.
    """
    try:
        message = email.message_from_bytes(data, _class=EmailMessage, policy=email.policy.compat32)
    except (email.errors.MessageError, ValueError, LookupError) as error:
        raise refusal(
            filename, "is a broken e-mail", "open it and save it again, or paste the text"
        ) from error
    subject = _subject(message)
    blocks = _body_blocks(message, subject, filename)
    documents, notes = _attachments(message, read, depth)
    for document in documents:
        blocks += document.blocks
        notes += [f"{document.filename}: {note}" for note in document.notes]
        notes.append(f"attachment {document.filename!r} was read")
    if not blocks:
        reasons = "; ".join(notes) or "it has no attachment"
        raise refusal(filename, f"is an e-mail without text ({reasons})", "paste the text")
    title = clean(_PREFIX.sub("", subject)) or next((d.title for d in documents if d.title), None)
    return Reading(blocks, title, tuple(notes))


def _subject(message: EmailMessage) -> str:
    raw = str(message.get("Subject") or "")
    try:
        pairs = email.header.decode_header(raw)
        return clean(str(email.header.make_header(pairs)))
    except (email.errors.HeaderParseError, LookupError, UnicodeError, ValueError):
        return clean(raw)
