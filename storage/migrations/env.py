"""Runs migrations on the connection that the caller hands over."""

from alembic import context

from storage.errors import BrokenReferencesError
from storage.tables import Base

connection = context.config.attributes["connection"]
# SQLite changes a column by copying its table, which must not count as deleting what refers to it.
copying = connection.dialect.name == "sqlite"
raw = connection.connection.driver_connection
if copying:
    # Within a transaction SQLite passes over it in silence, and SQLAlchemy would begin one.
    raw.execute("PRAGMA foreign_keys=OFF")
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    render_as_batch=copying,
)
with context.begin_transaction():
    context.run_migrations()
if copying:
    connection.commit()
    broken = raw.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        raise BrokenReferencesError(f"{BrokenReferencesError.__doc__} Tables: {tables}.")
    raw.execute("PRAGMA foreign_keys=ON")
