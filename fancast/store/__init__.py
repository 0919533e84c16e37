"""SQL and nothing else. One file per noun; every query of a tenant's rows takes its account."""
