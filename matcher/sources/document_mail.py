"""E-mail (.eml) → blocks of the body and of each attachment that can be read."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from collections.abc import Callable
from email.message import EmailMessage, Message

from matcher.errors import SourceError
from matcher.sources.blocks import Block, Document, one_line
from matcher.sources.document_html import read_html
from matcher.sources.document_text import decode_text, read_text
from matcher.sources.mail_text import MailText, own_text, plain_subject

MAX_ATTACHMENTS = 20
"""Attachments beyond this are named in a note, not read."""
MAX_MESSAGE_DEPTH = 3
"""Messages attached to messages are read down to this depth."""
BODY = "the message"

Reader = Callable[[bytes, str, int], Document]


def read_mail(data: bytes, filename: str, read_attachment: Reader, *, depth: int = 0) -> Document:
    """Read a message and its attachments.

    Of a body in two forms the plain one is read, unless only the HTML one shows lists or tables. Quoted replies,
    signature and disclaimers are left out.

    Args:
        data: the message.
        filename: its name, for messages.
        read_attachment: reads one attachment from its bytes, name and depth; refusals become notes.
        depth: how many messages this one is attached to.

    Raises:
        SourceError: neither body nor attachments hold text.
    """
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    subject = one_line(_header(message, "subject"))
    names = _sender(message)
    notes: list[str] = []
    document, text = _body(message, filename, subject, notes)
    names += text.names
    blocks: list[Block] = list(document.blocks) if document else []
    names += document.names if document else ()
    title = plain_subject(subject) or text.subject
    n_pages, parts = 1, [BODY] if blocks else []
    for name, content in _attachments(message, notes):
        try:
            if depth >= MAX_MESSAGE_DEPTH:
                raise SourceError(f"messages are attached to messages more than {MAX_MESSAGE_DEPTH} deep")
            read = read_attachment(content, name, depth + 1)
        except SourceError as error:
            notes.append(f"attachment {name!r} not read: {error}")
            continue
        blocks += [dataclasses.replace(block, part=block.part or name) for block in read.blocks]
        n_pages = max(n_pages, read.n_pages)
        notes += [f"{name!r}: {note}" for note in read.notes]
        names += read.names
        title = title or read.title
        parts.append(name)
    if not blocks:
        why = f" ({'; '.join(notes)})" if notes else ""
        raise SourceError(f"{filename!r} is a message without text{why}: paste the text of the brief instead")
    if len(parts) > 1:
        notes.insert(0, "read together: " + ", ".join(parts))
    return Document(tuple(blocks), title or None, n_pages, tuple(notes), tuple(dict.fromkeys(names)), "mail")


def _header(message: EmailMessage, key: str) -> str:
    try:
        return str(message.get(key, ""))
    # The standard parser raises odd things on headers that break the format.
    except (ValueError, TypeError, IndexError, AttributeError, LookupError):
        return ""


def _sender(message: EmailMessage) -> list[str]:
    plain = re.sub(r"<[^>]*>|\S+@\S+|[\"']", "", _header(message, "from"))
    name = " ".join(reversed([part.strip() for part in plain.split(",")])) if plain.count(",") == 1 else plain
    name = one_line(name)
    return [name] if 2 <= len(name.split()) <= 4 else []


def _content(part: EmailMessage, filename: str) -> str:
    """Decoded text of a part; a wrong or unknown charset is guessed anew from the bytes."""
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    charset = part.get_content_charset()
    if charset and charset not in ("us-ascii", "ascii", "unknown-8bit", "x-unknown"):
        # Mail programs write ISO-8859-1 and mean Windows-1252: they differ in characters that no text uses.
        charset = "windows-1252" if charset in ("iso-8859-1", "latin-1", "latin1") else charset
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode_text(data, filename)


def _body(message: EmailMessage, filename: str, subject: str, notes: list[str]) -> tuple[Document | None, MailText]:
    plain = message.get_body(("plain",))
    page = message.get_body(("html",))
    forwarded = re.match(r"^\s*(?:fwd?|fw|tr|transf)\s*:", subject, re.IGNORECASE) is not None
    text = MailText("")
    if isinstance(plain, EmailMessage):
        text = own_text(_content(plain, filename), forwarded=forwarded)
    html = _content(page, filename) if isinstance(page, EmailMessage) else ""
    if html.strip() and _html_says_more(html, text.text):
        try:
            document = read_html(_quoted_out(html, forwarded), filename)
        except SourceError as error:
            notes.append(str(error))
        else:
            return _own_blocks(document, text, forwarded), text
    notes += text.notes
    return (read_text(text.text, filename) if re.search(r"[^\W\d_]{2}", text.text) else None), text


def _html_says_more(html: str, plain: str) -> bool:
    """Whether the HTML form is to be read: there is no plain one, or only the HTML shows a table or a list."""
    if len(plain.split()) < 5:
        return True
    table = re.search(r"<th\b|<table\b[^>]*\bborder=[\"']?[1-9]", html, re.IGNORECASE)
    listed = re.search(r"<li\b", html, re.IGNORECASE) and not re.search(
        r"^\s*(?:[-*•·–]|\d+[.)])\s", plain, re.MULTILINE
    )
    return bool(table or listed)


def _quoted_out(html: str, forwarded: bool) -> str:
    """Drop what mail programs mark as quoted, unless the message was forwarded."""
    if forwarded:
        return html
    html = re.sub(
        r"<div[^>]*(?:gmail_quote|yahoo_quoted|divRplyFwdMsg|moz-cite-prefix)[^>]*>.*", "", html, flags=re.I | re.S
    )
    return re.sub(r"<blockquote[^>]*(?:cite|gmail_quote)[^>]*>.*?</blockquote>", "", html, flags=re.I | re.S)


def _own_blocks(document: Document, text: MailText, forwarded: bool) -> Document:
    """Cut the blocks of an HTML body where a quoted message or the signature begins."""
    plain = own_text("\n".join(block.text for block in document.blocks), forwarded=forwarded)
    kept_texts = plain.text.split("\n")
    kept: list[Block] = []
    position = 0
    for block in document.blocks:
        if block.text in kept_texts[position:]:
            position = kept_texts.index(block.text, position) + 1
            kept.append(block)
    names = (*document.names, *text.names, *plain.names)
    return dataclasses.replace(document, blocks=tuple(kept), names=names, notes=(*document.notes, *plain.notes))


def _attachments(message: EmailMessage, notes: list[str]) -> list[tuple[str, bytes]]:
    """Name and bytes of what is attached; pictures inside the text are none."""
    found: list[tuple[str, bytes]] = []
    left_out = 0
    for number, part in enumerate(message.iter_attachments(), 1):
        name = one_line(part.get_filename() or "") or f"attachment {number}"
        kind = part.get_content_type()
        if kind.startswith("image/"):
            if part.get_content_disposition() == "attachment":
                notes.append(f"attachment {name!r} not read: a picture; paste its text if it holds the brief")
            continue
        if kind in ("text/calendar", "application/pgp-signature", "application/pkcs7-signature", "text/x-vcard"):
            continue
        if len(found) == MAX_ATTACHMENTS:
            left_out += 1
            continue
        if kind == "message/rfc822":
            inner = part.get_payload()
            content = (
                inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Message) else b""
            )
            found.append((name, content))
        else:
            raw = part.get_payload(decode=True)
            found.append((name, raw if isinstance(raw, bytes) else b""))
    if left_out:
        notes.append(f"{left_out} attachments not read: at most {MAX_ATTACHMENTS} are; send the brief alone")
    return found
