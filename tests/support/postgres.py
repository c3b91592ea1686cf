"""Databases on PostgreSQL for tests: made once and emptied in between, as making one takes longer than most tests."""

import json
import time
import uuid

import psycopg
from psycopg import sql

from service.db import Database, migrate
from service.tables import metadata

SERVER = "127.0.0.1:5432"
# What a test that made tables anew or changed them leaves behind is not emptied but dropped.
SHAPE = """
    SELECT json_agg(json_build_array(oid, relname, relnatts, relchecks) ORDER BY oid)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
RESTART_NUMBERS = """
    SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


def connect(name):
    return psycopg.connect(f"postgresql://{SERVER}/{name}", autocommit=True, connect_timeout=2)


def is_there():
    try:
        connect("postgres").close()
    except psycopg.OperationalError:
        return False
    return True


class Kept:
    """One database with the tables of this version, and what stood in them when it was made."""

    def __init__(self):
        self.name = f"sm_test_{uuid.uuid4().hex[:12]}"
        self.url = f"postgresql+psycopg://{SERVER}/{self.name}"
        with connect("postgres") as server:
            server.execute(f"CREATE DATABASE {self.name}")
            # Tests kill processes, never the server: nothing is lost when it writes to the disk a little later.
            server.execute(f"ALTER DATABASE {self.name} SET synchronous_commit = off")
        database = Database(self.url)
        migrate(database)
        database.close()
        self.connection = connect(self.name)
        self.shape = self._value(SHAPE)
        tables = ["alembic_version", *(table.name for table in metadata.sorted_tables)]
        rows = {table: self._value(f"SELECT json_agg(t) FROM {table} t") for table in tables}
        remove = [f"DELETE FROM {table};" for table in reversed(tables)]
        put_back = [
            sql.SQL("INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, {1});").format(
                sql.Identifier(table), sql.Literal(json.dumps(found))
            )
            for table, found in rows.items()
            if found
        ]
        self.script = sql.SQL("\n").join([*map(sql.SQL, remove), *put_back, sql.SQL(RESTART_NUMBERS)])

    def _value(self, query):
        return self.connection.execute(query).fetchone()[0]

    def _is_alone(self):
        for _ in range(100):
            if not self._value(OTHERS):
                return True
            time.sleep(0.01)  # the server takes a moment to see that a connection was closed
        return False

    def empty(self):
        """Bring it back to where it began, as a database of its own; False where it must be dropped instead."""
        try:
            if not self._is_alone() or self._value(SHAPE) != self.shape:
                return False
            with self.connection.transaction():
                self.connection.execute(self.script)
                self.connection.execute("UPDATE clock SET database_id = %s", [str(uuid.uuid4())])
        except psycopg.Error:
            return False
        return True

    def drop(self):
        self.connection.close()
        with connect("postgres") as server:
            server.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class Shelf:
    """Databases that wait for the next test."""

    def __init__(self):
        self.free = []

    def take(self):
        return self.free.pop() if self.free else Kept()

    def give_back(self, database):
        if database.empty():
            self.free.append(database)
        else:
            database.drop()

    def close(self):
        while self.free:
            self.free.pop().drop()
