"""Errors of the database, by name alone."""

import sqlalchemy as sa


def name_of(error: Exception) -> str | None:
    """What the database calls this, as `IntegrityError: CheckViolation`; None when it is not its own.

    Its sentences may hold values of rows, hosts and files, and SQLAlchemy adds the statement: none is for a caller.
    """
    if not isinstance(error, sa.exc.DBAPIError):
        return None
    # SQLite's has one class for many things, and a name for each.
    cause = getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)
    return f"{type(error).__name__}: {cause}"
