"""Runs migrations on the connection that the caller opened."""

from alembic import context
from sqlalchemy import Connection

from service.tables import metadata


def run(connection: Connection) -> None:
    """Run what is missing, inside the caller's transaction."""
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
    context.run_migrations()


run(context.config.attributes["connection"])
