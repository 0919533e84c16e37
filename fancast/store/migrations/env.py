"""Alembic's entry: runs the steps on the connection that `upgrade` handed over."""

from alembic import context

from fancast.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
