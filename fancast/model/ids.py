"""One type per kind of id, so that a fan's number cannot be taken for a fan's id.

What the wire shows as a number is an integer below 2^53; `AccountKey` and `FanNumber` never leave the server.
"""

from typing import NewType

#: Which account, inside the database.
AccountKey = NewType("AccountKey", int)
#: A fan's small number within one account: 0, 1, 2 … in order of arrival, never reused.
FanNumber = NewType("FanNumber", int)
#: A fan's public id, chosen by the platform.
FanId = NewType("FanId", int)
#: A custom list's public id; built-in lists go by slug.
ListId = NewType("ListId", int)
#: Mass messages and direct messages' queue items share one counter: one number, one thing.
QueueId = NewType("QueueId", int)
#: One message in one chat.
MessageId = NewType("MessageId", int)
MediaId = NewType("MediaId", int)

#: JavaScript clients keep integers exact up to here.
LARGEST_ID = 2**53 - 1
#: No list is as long; a page that begins there still ends at an INTEGER of PostgreSQL's.
LARGEST_OFFSET = 2**30
