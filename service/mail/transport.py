"""Ways out: a mail server, or a folder of .eml files."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from service.settings import Settings

# Enhanced codes (RFC 3463) of a mailbox that is not there; and what servers say who give none. 550 alone may as well
# be about us: policy, reputation.
_GONE = ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
_GONE_WORDS = re.compile(
    r"no such (user|mailbox|recipient)|(user|recipient|mailbox|address)[^.;]{0,20} (unknown|not found|does not exist)"
    r"|unknown (user|recipient|mailbox)|no mailbox here",
    re.IGNORECASE,
)


@dataclass
class NotSent(Exception):
    """A letter was not taken.

    Attributes:
        reason: in the server's words.
        is_final: trying again would not help.
        is_gone: there is no such mailbox.
        is_ours: the server does not take letters from us at all: no letter is to blame.
    """

    reason: str
    is_final: bool = False
    is_gone: bool = False
    is_ours: bool = False

    def __str__(self) -> str:
        """The reason."""
        return self.reason


class Transport(Protocol):
    """A way out."""

    name: str

    def send(self, message: EmailMessage, to: str) -> None:
        """Hand a message over.

        Raises:
            NotSent: it was not taken, or nobody knows.
        """

    def close(self) -> None:
        """Let go of what is open."""


class Folder:
    """Messages as files, each written whole."""

    name = "folder"

    def __init__(self, folder: Path) -> None:
        """Write into a folder, which is made."""
        self._folder = folder

    def send(self, message: EmailMessage, to: str) -> None:
        """Write a file named by the message's id; the same message again replaces it."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = self._folder / f".{name}.part"
            partial.write_bytes(message.as_bytes())
            os.replace(partial, self._folder / f"{name}.eml")
        except OSError as error:
            raise NotSent(f"{error.strerror or error}: {str(self._folder)!r}", is_ours=True) from error

    def close(self) -> None:
        """Nothing is open."""


class Smtp:
    """A mail server; one connection is used for several letters."""

    name = "smtp"

    def __init__(self, settings: Settings) -> None:
        """Connect when the first letter goes."""
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, to: str) -> None:
        """Hand a message over.

        Raises:
            NotSent: with what the server said; after a cut connection nobody knows whether it was taken, and it is
                tried again under the same Message-ID.
        """
        try:
            self._connected().send_message(message, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            self._begin_anew()
            raise _refusal(code, said) from error
        except smtplib.SMTPSenderRefused as error:
            self.close()
            refused = _refusal(error.smtp_code, error.smtp_error, of_recipient=False)
            # It does not take our address: that is no letter's fault, and trying them all would fail them all.
            raise replace(refused, is_final=False, is_ours=refused.is_final) from error
        except smtplib.SMTPDataError as error:
            self._begin_anew()
            raise _refusal(error.smtp_code, error.smtp_error, of_recipient=False) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            self.close()
            raise NotSent(f"the mail server does not let us in: {_said(error)}", is_ours=True) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise NotSent(_said(error) or type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            given = self._settings
            context = ssl.create_default_context(cafile=given.smtp_ca or None)
            if given.smtp_tls == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    given.smtp_host, given.smtp_port, timeout=given.smtp_timeout, context=context
                )
            else:
                server = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=given.smtp_timeout)
            try:
                if given.smtp_tls == "starttls":
                    server.starttls(context=context)
                if given.smtp_user:
                    server.login(given.smtp_user, given.smtp_password.get_secret_value())
            except Exception:
                server.close()
                raise
            self._server = server
        return self._server

    def _begin_anew(self) -> None:
        """After a refusal the connection may still be good."""
        if self._server is not None:
            try:
                self._server.rset()
            except (smtplib.SMTPException, OSError):
                self.close()

    def close(self) -> None:
        """Hang up."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


def open_transport(settings: Settings) -> Transport | None:
    """The way out that is set; None where there is none."""
    if settings.smtp_host:
        return Smtp(settings)
    return Folder(Path(settings.mail_folder)) if settings.mail_folder else None


def _refusal(code: int, said: bytes | str, *, of_recipient: bool = True) -> NotSent:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    is_final = 500 <= code < 600
    first = text.split()[0] if text.split() else ""
    says_so = first in _GONE or (not first.startswith("5.") and _GONE_WORDS.search(text) is not None)
    is_gone = of_recipient and is_final and says_so
    return NotSent(f"{code} {' '.join(text.split())}"[:300], is_final=is_final, is_gone=is_gone)


def _said(error: Exception) -> str:
    said = getattr(error, "smtp_error", None)
    if isinstance(said, bytes):
        return said.decode("utf-8", "replace")[:300]
    return " ".join(str(error).split())[:300]
