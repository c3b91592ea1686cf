"""The database: engine, transactions, migrations. SQLite (WAL) and PostgreSQL behave the same from here on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from service import desk_tables as _desk_tables  # noqa: F401 - its tables belong to the same metadata
from service import list_tables as _list_tables  # noqa: F401 - the same
from service.errors import DatabaseNotReady
from service.tables import clock

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
MIGRATION_LOCK = 7236001


def open_engine(url: str) -> Engine:
    """An engine for a URL; the folder of a SQLite file is made when it is missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:  # noqa: ANN401 - the driver's own objects
        # The driver would begin transactions by itself, and late; we begin them, see below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading a read transaction later fails without waiting.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Database:
    """Transactions over one engine."""

    def __init__(self, url: str) -> None:
        """Open a database; nothing is connected before the first transaction."""
        self.engine = open_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state from its first statement to its last."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or leaves no trace."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def next_change(tx: Connection, count: int = 1) -> int:
    """The number of this write; the row stays locked until the transaction ends.

    Args:
        tx: a writing transaction.
        count: numbers to take at once: those up to the one that is returned.
    """
    number = tx.execute(
        update(clock).where(clock.c.id == 1).values(change=clock.c.change + count).returning(clock.c.change)
    ).scalar_one()
    return int(number)


def embedded_change(tx: Connection) -> int:
    """The change number up to which the vectors of all firms are in the store."""
    return int(tx.execute(select(clock.c.embedded)).scalar_one())


def database_id(tx: Connection) -> str:
    """Made with the tables: change numbers of one database say nothing in another."""
    return str(tx.execute(select(clock.c.database_id)).scalar_one())


def current_change(tx: Connection) -> int:
    """The number of the newest write that is committed."""
    return int(tx.execute(select(clock.c.change)).scalar_one())


def upgrade_tables(tx: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision, inside the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = tx
    command.upgrade(config, revision)


def migrate(database: Database) -> str:
    """Bring the tables to this version; does nothing when they are.

    Returns:
        The revision that the tables now have.
    """
    with database.write() as tx:
        if not database.is_sqlite:  # two processes that start together must not both migrate
            tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        upgrade_tables(tx)
    return head_revision()


def head_revision() -> str:
    """The newest revision that this version knows."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None
    return head


def check_ready(database: Database) -> None:
    """See that the database answers and has this version's tables.

    Raises:
        DatabaseNotReady: it cannot be reached, or its tables are of another version.
    """
    try:
        with database.read() as tx:
            found = MigrationContext.configure(tx).get_current_revision()
    except OperationalError as error:
        raise DatabaseNotReady(
            "the database cannot be reached: see that it runs and that DATABASE_URL is right"
        ) from error
    if found != head_revision():
        raise DatabaseNotReady(
            f"the tables are at revision {found!r}, expected {head_revision()!r}: run `matcher-service migrate`"
        )
