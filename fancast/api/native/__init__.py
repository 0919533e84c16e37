"""Our own native API, `/v1`: what neither vendor's dialect has. Its contract: RFC 9457, cents, RFC 3339, cursors."""
