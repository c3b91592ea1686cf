"""Settings from the environment: read once, typed, refused if odd."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d*/(?:second|minute|hour)", value):
        raise ValueError(f"rate is {value!r}, expected a count and a unit such as 600/minute")
    return value


Rate = Annotated[str, AfterValidator(_rate)]


class Settings(BaseSettings):
    """What the service is told by its surroundings.

    Every setting is an environment variable ``MATCHER_<NAME>`` in capitals; the database is ``DATABASE_URL`` as
    hosts name it.

    Attributes:
        database_url: SQLite (the default, a file in ``var``) or PostgreSQL.
        var: folder of everything the service writes: database, index, vectors.
        encoder: folder of the exported encoder; None is the shipped place.
        chamber_place: municipality that distances count from when a project states none.
        poll_seconds: how often a process looks for rows that others changed.
        import_chunk: rows of an import that are stored in one transaction.
        fold_rows: changed firms from which the worker writes a new snapshot.
        fold_share: the same as a share of all firms; the larger of the two counts.
        embed_at_once: firms that a writing process embeds itself, before it answers.
        upload_megabytes: largest file of an import or brief.
        body_megabytes: largest body of any other request.
        rate_limit: requests of one key in one process.
        failed_rate_limit: requests without a valid key from one address.
        sign_in_rate: attempts to sign in to one account, and to answer the set-up's question for its code.
        sign_in_address_rate: attempts to sign in from one address.
        public_url: address that staff type, such as ``https://match.example.org``; empty takes that of the request.
        timezone: of dates and times on pages.
        smtp_host: server that takes our mail; empty where there is none.
        smtp_port: its port.
        smtp_user: name to sign in there; empty signs nobody in.
        smtp_password: never shown or logged.
        smtp_tls: ``starttls``, ``tls`` from the first byte, or ``none`` for a server on this machine.
        smtp_timeout: seconds after which a server that says nothing is given up.
        smtp_ca: file of the certificate that the server's must be signed by; empty takes the system's.
        mail_from: address that letters come from.
        mail_folder: without a server, letters are written here as .eml files; empty leaves them waiting.
        lease_seconds: after this, a job or task of a worker that died is taken up by another.
        log_level: least level that is logged.
        log_format: ``json`` for machines, ``console`` for people.
    """

    model_config = SettingsConfigDict(env_prefix="MATCHER_", env_ignore_empty=True, populate_by_name=True)

    database_url: str = Field(default="", validation_alias=AliasChoices("DATABASE_URL", "MATCHER_DATABASE_URL"))
    var: Path = Path("var")
    encoder: Path | None = None
    chamber_place: str = "Milton"
    poll_seconds: float = Field(default=0.2, gt=0, le=10)
    import_chunk: int = Field(default=500, ge=1)
    fold_rows: int = Field(default=200, ge=1)
    fold_share: float = Field(default=0.25, ge=0, le=1)
    embed_at_once: int = Field(default=5, ge=0, le=100)
    upload_megabytes: int = Field(default=50, ge=1, le=1000)
    body_megabytes: int = Field(default=5, ge=1, le=1000)
    rate_limit: Rate = "10000/minute"
    failed_rate_limit: Rate = "60/minute"
    sign_in_rate: Rate = "10/minute"
    sign_in_address_rate: Rate = "60/minute"
    public_url: str = ""
    timezone: str = "America/Toronto"
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_timeout: float = Field(default=30, gt=0, le=600)
    smtp_ca: str = ""
    mail_from: str = ""
    mail_folder: str = ""
    lease_seconds: float = Field(default=60, gt=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        for short in ("postgres://", "postgresql://"):
            if value.startswith(short):
                value = "postgresql+psycopg://" + value.removeprefix(short)
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            scheme = value.split(":", 1)[0]
            raise ValueError(f"the database is of kind {scheme!r}, expected sqlite:///FILE or postgresql://…")
        return value

    @field_validator("public_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/\s?#]+/?", value):
            raise ValueError(
                f"the address is {value!r}, expected one without a path, such as https://match.example.org"
            )
        return value.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"the time zone is {value!r}, expected a name such as America/Toronto") from error
        return value

    @model_validator(mode="after")
    def _mail_makes_sense(self) -> Self:
        if self.smtp_host and "@" not in self.mail_from:
            raise ValueError("mail goes out by a server, so MATCHER_MAIL_FROM must be the address that it comes from")
        if self.smtp_host and self.smtp_tls == "none" and self.smtp_host not in LOOPBACK:
            raise ValueError(
                f"mail to {self.smtp_host} would go out in the clear: set MATCHER_SMTP_TLS to starttls or tls "
                "(none is for a server on this machine)"
            )
        return self

    @property
    def url(self) -> str:
        """The database's address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.var / 'service.sqlite3'}"

    @property
    def setup_code_file(self) -> Path:
        """Holds the code that protects the set-up of a fresh installation."""
        return self.var / "setup-code"

    @property
    def index_folder(self) -> Path:
        """Folder of the index snapshots."""
        return self.var / "index"

    @property
    def vectors_file(self) -> Path:
        """Store of vectors by text, shared by all processes of this machine."""
        return self.var / "vectors.sqlite3"
