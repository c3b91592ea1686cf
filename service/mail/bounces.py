"""Mail that came back, and complaints: which address, and whether it is for good (RFC 3464, RFC 5965)."""

from __future__ import annotations

import mailbox
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path

from service.consent import ledger
from service.consent.rules import StopReason
from service.db import Database
from service.errors import Invalid
from service.mail import outbox_repository as outbox
from service.security import Caller
from service.words import _

_ADDRESS = re.compile(r"[^\s<>;,:]+@[^\s<>;,:]+")
MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Returned:
    """One report.

    Attributes:
        reason: bounced or complained; None where it says that it may still arrive.
        details: in the words of the server that reported it.
    """

    email: str = field(repr=False)
    reason: StopReason | None
    details: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read.

    Attributes:
        stopped: addresses that get nothing any more.
        known: addresses that were stopped already.
        temporary: reports that say *not yet*.
        unread: messages that are no report.
    """

    stopped: int
    known: int
    temporary: int
    unread: int


def read_reports(database: Database, caller: Caller, name: str, data: bytes) -> Reading:
    """Read reports and stop the addresses that they name.

    Args:
        database: where addresses are stopped.
        caller: who gave them.
        name: of the file: an .eml, or an mbox of many.
        data: its bytes.

    Raises:
        Invalid: the file holds no message.
    """
    messages = list(_messages(name, data))
    if not messages:
        raise Invalid("file", _("This holds no message: expected a returned mail as .eml, or many as .mbox."))
    stopped = known = temporary = unread = 0
    for message in messages:
        reports = list(reports_of(message))
        unread += not reports
        for report in reports:
            if report.reason is None:
                temporary += 1
                continue
            with database.write() as tx:
                is_new = ledger.stop_in(tx, report.email, report.reason, report.details, caller.id)
                outbox.stop_address(tx, report.email)
            stopped, known = stopped + is_new, known + (not is_new)
    return Reading(stopped, known, temporary, unread)


def reports_of(message: Message) -> Iterator[Returned]:
    """What one message reports; nothing when it is no report."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for fields in _parts(part):
                address = _address(fields.get("Final-Recipient") or fields.get("Original-Recipient"))
                action = str(fields.get("Action", "")).strip().lower()
                if address and action in ("failed", "delayed"):
                    status = str(fields.get("Status", "")).strip()
                    # A full mailbox, or a server that does not want our mail, is no address that does not exist.
                    is_final = action == "failed" and (not status or status.startswith("5.1.") or status == "5.2.1")
                    said = " ".join(f"{status} {fields.get('Diagnostic-Code', '')}".split())[:300]
                    yield Returned(address, StopReason.BOUNCED if is_final else None, said)
        elif kind == "message/feedback-report":
            fields = _inner(part)
            kind_of = str(fields.get("Feedback-Type", "")).strip().lower()
            address = _address(fields.get("Original-Rcpt-To")) or _address(_original_to(message))
            if address and kind_of in ("abuse", "fraud", "opt-out"):
                yield Returned(address, StopReason.COMPLAINED, kind_of)


def _original_to(message: Message) -> str | None:
    for part in message.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            return str(_inner(part).get("To", ""))
    return None


def _parts(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _inner(part: Message) -> Message:
    """The message within a part, whether the library has taken it apart or not."""
    parts = _parts(part)
    return parts[0] if parts else message_from_bytes(str(part.get_payload()).strip().encode("utf-8", "replace"))


def _address(given: object) -> str:
    found = _ADDRESS.search(str(given or "").rpartition(";")[2])
    return found.group(0).strip("<>").lower() if found else ""


def _messages(name: str, data: bytes) -> Iterator[Message]:
    if len(data) > MOST_BYTES:
        raise Invalid("file", _("This file is too large: read it in parts."))
    if data.startswith(b"From ") or name.lower().endswith(".mbox"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mbox"
            path.write_bytes(data)
            box = mailbox.mbox(path)
            try:
                yield from box
            finally:
                box.close()
        return
    message = message_from_bytes(data, policy=policy.compat32)
    if message.keys():
        yield message
