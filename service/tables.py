"""The tables. A record's body is the JSON that ``matcher`` reads; the other columns are what SQL asks about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: SQLite forgets the zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take the zone off; a moment without one is a mistake of ours."""
        if value is None:
            return None
        assert value.tzinfo is not None
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as declared above
        """Put the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

# One row. ``change`` numbers the writes to firms; it is raised inside the writing transaction, whose row lock makes
# commits come in the order of their numbers, so that a reader who has seen number n has seen all before it.
clock = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("change", BigInteger, nullable=False),
    Column("embedded", BigInteger, nullable=False),
    Column("encoder_id", Text, nullable=False),
    Column("database_id", String(36), nullable=False),
)

firms = Table(
    "firms",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("change", BigInteger, nullable=False, index=True),
    Column("sort_name", Text, nullable=False, index=True),
    Column("sort_city", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("member", Boolean),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# Firms that were deleted, so that every process drops them; nothing but the id stays.
tombstones = Table(
    "tombstones",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("change", BigInteger, nullable=False, index=True),
)

projects = Table(
    "projects",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sort_title", Text, nullable=False),
    Column("stage", String(20), nullable=False, index=True),
    Column("closes", String(10)),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("record_id", String(200), nullable=False),
    Column("version", Integer),
    Column("details", Text, nullable=False),
)
Index("audit_record", audit.c.kind, audit.c.record_id)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("scopes", String(60), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)

# Staff. ``email`` is folded to lower case; ``must_change`` is set with a temporary password.
users = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("language", String(5), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)

# Who is signed in: the id is the hash of what the cookie holds. ``flash`` are words for the next page.
sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(36), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("flash", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# One row: the chamber that this installation serves, and who signs its letters.
chamber = Table(
    "chamber",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(200), nullable=False),
    Column("postal_address", Text, nullable=False),
    Column("place", String(100), nullable=False),
    Column("region", String(100), nullable=False),
    Column("language", String(5), nullable=False),
    Column("signer_name", String(200), nullable=False),
    Column("signer_title", String(200), nullable=False),
    Column("signer_telephone", String(60), nullable=False),
    Column("signer_email", String(254), nullable=False),
    Column("set_up_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

# Random keys of this installation, made when first needed.
secrets = Table(
    "secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(100), nullable=False),
)

# Imports that brought sample data: what they stored anew, and nobody has touched since, can be removed again.
sample_jobs = Table(
    "sample_jobs",
    metadata,
    Column("job_id", String(36), primary_key=True),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("payload", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("result", Text),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(100)),
    Column("lease_until", UtcDateTime),
    Column("created_by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
)

# The file of an import, until its job has ended.
uploads = Table(
    "uploads",
    metadata,
    Column("job_id", String(36), primary_key=True),
    Column("filename", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# What each source brought last, record by record: the base of the three-way merge of its next import.
import_rows = Table(
    "import_rows",
    metadata,
    Column("source", String(300), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("record_id", String(200), primary_key=True),
    Column("body", Text, nullable=False),
    # The import that brought it last; empty once its disappearance has been told.
    Column("job_id", String(36), nullable=False),
)

# Answers to creates that carried an Idempotency-Key, so that a repeated request gets the same one.
idempotency = Table(
    "idempotency",
    metadata,
    Column("actor", String(100), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("record_id", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)

# Work that only one worker does at a time.
leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
