"""What a message does to its chat: `hold`, then the sets, then the head, then `wrote`."""

from fancast.model.chats import ChatState
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber
from fancast.store import chats as store
from fancast.store.database import Tx
from fancast.store.fan_sets import Change

HIDDEN = SetKey(SetKind.HIDDEN_CHATS)
UNREAD = SetKey(SetKind.UNREAD_CHATS)


def hold(tx: Tx, account: AccountKey, number: FanNumber) -> ChatState:
    """The chat's row, held; before chunks and the head."""
    return store.hold(tx, account, number)


def becomes_unread(state: ChatState) -> dict[SetKey, Change]:
    """What a message from the fan changes in stored sets."""
    return {} if state.unread else {UNREAD: (FanSet([state.number]), FanSet())}


def comes_back(state: ChatState) -> dict[SetKey, Change]:
    """What a message to the fan changes in stored sets: a hidden chat returns."""
    return {HIDDEN: (FanSet(), FanSet([state.number]))} if state.hidden else {}


def wrote(tx: Tx, account: AccountKey, number: FanNumber, message_id: int, *, from_fan: bool) -> None:
    """Note the chat's newest message. After the head: its row is held already."""
    after = {"last_fan_id": message_id} if from_fan else {"hidden": False}
    store.change(tx, account, number, {"last_direct_id": message_id, **after})
