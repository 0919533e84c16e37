"""OFAuth's dialect: `/v2/access` for one connection, `/v2/account` for the key itself."""
