"""New identifiers for rows, for the doors and the workers, which do not see the storage."""

from presage.storage.uuids import uuid7

__all__ = ["uuid7"]
