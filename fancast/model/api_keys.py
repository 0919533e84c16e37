"""API keys: what a caller may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fancast.model.ids import AccountKey
from fancast.model.problems import Kind, Problem


class Environment(StrEnum):
    """Told from the key alone: `sk_live_…` or `sk_sandbox_…`."""

    LIVE = "live"
    SANDBOX = "sandbox"


class Scope(StrEnum):
    """Coarse rights. OFAuth's first three, and OnlyFansAPI's three levels."""

    ACCESS = "access"
    ACCOUNT = "account"
    LINK = "link"
    READ = "read"
    WRITE = "write"
    DELETE = "delete"


EVERY_SCOPE = tuple(Scope)
#: In a key's permissions: all that the account's connection allows.
ANY_PERMISSION = "*"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A caller's right: scopes, permissions, accounts, environment. The secret itself is not kept."""

    key_id: str
    name: str
    hint: str
    environment: Environment
    scopes: tuple[Scope, ...]
    permissions: tuple[str, ...]
    #: The accounts it is limited to; None is all.
    accounts: tuple[AccountKey, ...] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def reaches(self, account: AccountKey) -> bool:
        return self.accounts is None or account in self.accounts

    def demand_scope(self, scope: Scope) -> None:
        """Raises Problem(FORBIDDEN, missing_scope)."""
        if scope not in self.scopes:
            raise Problem(
                Kind.FORBIDDEN, "missing_scope", f"This key lacks the scope {scope}.", scope=scope.value
            )

    def demand_permission(self, permission: str, granted: tuple[str, ...]) -> None:
        """Both the key and the account's connection must allow it. Raises Problem(FORBIDDEN)."""
        allowed = ANY_PERMISSION in self.permissions or permission in self.permissions
        if not allowed or (permission not in granted and ANY_PERMISSION not in granted):
            raise Problem(
                Kind.FORBIDDEN, "missing_permission", f"This needs the permission {permission}.",
                permission=permission,
            )  # fmt: skip
