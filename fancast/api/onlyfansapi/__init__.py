"""OnlyFansAPI's dialect (`/api/…`): a translator, and nothing more."""
