"""What the tables refuse."""


class StorageError(Exception):
    """The database refused the change."""


class StaleVersionError(StorageError):
    """Somebody else changed the row since it was read. Read again and retry."""
