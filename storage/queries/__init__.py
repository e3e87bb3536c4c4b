"""SQL that is spelled differently on SQLite and PostgreSQL."""
