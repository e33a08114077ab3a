"""What Alembic runs: the revisions, on the connection whose transaction the caller has begun."""

from __future__ import annotations

from alembic import context

from presage.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
