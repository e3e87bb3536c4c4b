"""What the tables refuse."""


class StorageError(Exception):
    """The database refused the change."""


class StaleVersionError(StorageError):
    """Somebody else changed the row since it was read. Read again and retry."""


class ReadOnlyError(StorageError):
    """Work that may only read tried to change something. Run it as a write."""
