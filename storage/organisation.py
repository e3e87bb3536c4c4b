"""Several organisations in one PostgreSQL: each has a schema, which the address of the database names."""

import re

from sqlalchemy import Connection, make_url, text
from sqlalchemy.engine import URL

_NAME = re.compile(r"(?!pg_)[a-z][a-z0-9_]{0,39}")
_TAKEN = ("public", "information_schema")
_PATH = "-csearch_path="


def is_organisation(name: str) -> bool:
    """Whether an organisation may have this name: it is a schema, a folder, and part of a channel's name."""
    return _NAME.fullmatch(name) is not None and name not in _TAKEN


def in_organisation(url: str, name: str) -> str:
    """The address of an organisation in this database; the empty name is the one that has the database for itself.

    The server is told with each connection that it makes: names of tables are looked up in that schema and nowhere
    else. Raises ValueError for a database that has no schemas, and for a name that means something else there.
    """
    if not name:
        return url
    address = make_url(url)
    if address.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError("An organisation has a schema of PostgreSQL; each SQLite file is an organisation.")
    if not is_organisation(name) or name == address.username:
        raise ValueError(
            "An organisation's name is 1 to 40 of a-z, 0-9 and _, begins with a letter, not with pg_, and is "
            "neither 'public' nor the name of the account."
        )
    options = f"{address.query.get('options', '')} {_PATH}{name}".strip()
    return address.update_query_dict({"options": options}).render_as_string(hide_password=False)


def organisation_of(address: URL) -> str:
    """The organisation that an address names; empty when the database is for one alone."""
    options = address.query.get("options", "")
    words = options.split() if isinstance(options, str) else []
    return next((word.removeprefix(_PATH) for word in reversed(words) if word.startswith(_PATH)), "")


def make_schema(connection: Connection) -> None:
    """Make the schema of the organisation that the connection works in, when it is missing.

    It is looked for first: whoever may use a schema that an administrator made need not be allowed to make one.
    """
    name = organisation_of(connection.engine.url)
    if not name:
        return
    found = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    if connection.scalar(found, {"name": name}) is None:
        connection.execute(text(f'CREATE SCHEMA "{name}"'))
    # Whoever migrates next begins transactions of their own.
    connection.commit()
