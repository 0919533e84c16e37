"""Steps: stretches of a frozen audience, each delivered in one transaction."""

from datetime import datetime

from msgspec import Struct

from fancast.model.ids import FanNumber, MessageId, QueueId


class Step(Struct, frozen=True):
    mass_message_id: QueueId
    #: The message id of fan `from_number`; ids of fans outside the audience stay unused.
    first_id: int
    from_number: FanNumber
    to_number: FanNumber
    #: Recipients delivered to.
    count: int
    sent_at: datetime

    @property
    def last_id(self) -> int:
        return self.first_id + self.to_number - self.from_number

    def message_id(self, number: FanNumber) -> MessageId:
        return MessageId(self.first_id + number - self.from_number)

    def number_of(self, message_id: int) -> FanNumber:
        return FanNumber(message_id - self.first_id + self.from_number)


class Level(Struct, frozen=True):
    """All that one mass message has delivered so far, from its first step to its newest.

    Within a level ids rise with fan numbers, also over its steps.
    """

    newest: Step
    begins_id: int

    @property
    def last_id(self) -> int:
        return self.newest.last_id

    @property
    def at_once(self) -> bool:
        """It is one step: every message id follows from it."""
        return self.begins_id == self.newest.first_id
