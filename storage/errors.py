"""What the tables refuse."""


class StorageError(Exception):
    """The database refused the change."""


class StaleVersionError(StorageError):
    """Somebody else changed the row since it was read. Read again and retry."""


class ReadOnlyError(StorageError):
    """Work that may only read tried to change something. Run it as a write."""


class BrokenReferencesError(StorageError):
    """Rows refer to rows that are gone. Restore the backup that was made before tuntas migrate and report this."""
