"""A sandbox's world: seeded once, kept with its secrets in the data folder, gone on with when interrupted."""

import json
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from fancast.blobs import samples
from fancast.bootstrap import CannotStart, Running, make_folder
from fancast.core import accounts, api_keys, worlds
from fancast.core.crowds import BATCH, DOCUMENTED, Batch, Crowd, batch_from, batches
from fancast.kit.times import from_ms, to_ms
from fancast.model.accounts import Account
from fancast.model.api_keys import Environment
from fancast.model.ids import AccountKey
from fancast.store.database import Tx

#: In the data folder, for its owner's eyes only: the secrets, which the database keeps as hashes.
SECRETS_FILE = "sandbox.json"

#: From so many fans on it pays to make the indexes at the end.
LARGE = 200_000

Progress = Callable[[int], None]


class Secrets(msgspec.Struct, omit_defaults=True):
    """What the file holds: how the world was begun, and once it stands, its keys."""

    fans: int
    began_ms: int
    ofauth_key: str = ""
    onlyfansapi_key: str = ""
    native_key: str = ""
    connection_id: str = ""
    acct_id: str = ""

    @property
    def complete(self) -> bool:
        return bool(self.native_key)

    def announcement(self, base_url: str, data_dir: Path) -> dict[str, Any]:
        """The first line of `fancast sandbox --json`."""
        return {
            "base_url": base_url,
            "ofauth": {"api_key": self.ofauth_key, "connection_id": self.connection_id},
            "onlyfansapi": {"api_key": self.onlyfansapi_key, "account": self.acct_id},
            "native": {"api_key": self.native_key},
            "data_dir": str(data_dir.resolve()),
        }


def settle(parts: Running, fans: int, *, progress: Progress = lambda _: None) -> Secrets:
    """The world of the data folder: the one that is there, or a new one with so many fans.

    An interrupted seeding goes on. Raises CannotStart for a database that holds other people's accounts.
    """
    make_folder(parts.settings.data_dir)
    file = parts.settings.data_dir / SECRETS_FILE
    secrets = _load(file)
    if secrets is None:
        _demand_empty(parts)
        secrets = Secrets(fans=max(fans, len(DOCUMENTED)), began_ms=to_ms(parts.clock()))
        _keep(file, secrets)
    if not secrets.complete:
        _seed(parts, secrets, progress)
        _keep(file, secrets)
    return secrets


def set_pace(parts: Running, rate: int) -> None:
    """Every account sends at `rate` recipients per second from now on. Raises Problem(INVALID)."""
    with parts.store.write() as tx:
        for account in accounts.everybody(tx):
            accounts.change(tx, account, {"pace": rate}, now=parts.clock())


def add_list(parts: Running, name: str, size: int) -> str:
    """The id of a new list of the first account, of so many fans whom messages reach."""
    with parts.store.write() as tx:
        first = accounts.everybody(tx)[0]
        return str(worlds.add_list(tx, first, name, size, now=parts.clock()).ref)


def _demand_empty(parts: Running) -> None:
    with parts.store.read() as tx:
        if accounts.everybody(tx):
            raise CannotStart(
                "This database holds accounts that no sandbox made. Give the sandbox a --data-dir of its own."
            )


def _seed(parts: Running, secrets: Secrets, progress: Progress) -> None:
    began = from_ms(secrets.began_ms)
    samples.store(parts.workshop.blobs)
    with parts.store.write() as tx:
        first, second = accounts.everybody(tx) or worlds.create(tx, now=began)
        if secrets.fans >= LARGE:
            worlds.begin_load(tx)
    _fill(parts, first, secrets.fans, began, progress)
    _fill(parts, second, worlds.FEW, began, lambda _: None)
    with parts.store.write() as tx:
        worlds.end_load(tx)
    secrets.connection_id, secrets.acct_id = first.connection_id, first.acct_id
    with parts.store.write() as tx:
        # The dialects' keys reach the first account only, so that the second one is a stranger's.
        secrets.ofauth_key = _key(tx, "OFAuth", [first.key], began)
        secrets.onlyfansapi_key = _key(tx, "OnlyFansAPI", [first.key], began)
        secrets.native_key = _key(tx, "native", None, began)


def _key(tx: Tx, face: str, reach: list[AccountKey] | None, now: datetime) -> str:
    _, secret = api_keys.create(
        tx, f"sandbox: {face}", environment=Environment.SANDBOX, accounts=reach, now=now
    )
    return secret


def _fill(parts: Running, account: Account, fans: int, began: datetime, progress: Progress) -> None:
    with parts.store.write() as tx:
        done = worlds.fans_so_far(tx, account)
    documented = account.connection_id == worlds.CONNECTION_ID
    seed = worlds.SEED if documented else worlds.SEED + 1
    crowd = worlds.crowd_of(account, fans, seed=seed, documented=documented, now=began)
    for batch in _batches(crowd, done):
        with parts.store.write() as tx:
            worlds.add(tx, account, batch)
        progress(len(batch.fans))


def _batches(crowd: Crowd, done: int) -> Iterator[Batch]:
    if crowd.fans - done < LARGE:
        yield from batches(crowd, since=done)
        return
    # Half of the work is to make fans up: another process does that while this one writes.
    starts = iter(range(done, crowd.fans, BATCH))
    with ProcessPoolExecutor(1, get_context("spawn"), _heed_no_interrupt) as pool:
        waiting = deque(pool.submit(batch_from, crowd, start) for start in islice(starts, 2))
        while waiting:
            made = waiting.popleft().result()
            waiting.extend(pool.submit(batch_from, crowd, start) for start in islice(starts, 1))
            yield made


def _heed_no_interrupt() -> None:
    # Ctrl-C reaches both; the parent ends its child.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _load(file: Path) -> Secrets | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Secrets)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise CannotStart(f"{file} cannot be read: {error}. Remove the folder to start anew.") from error


def _keep(file: Path, secrets: Secrets) -> None:
    # Written beside and moved, so that a crash leaves the old file or the new one.
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(msgspec.to_builtins(secrets), out)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
