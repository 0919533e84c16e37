"""The welcome message: what a new subscriber gets by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fancast.model.mass_messages import Content

#: Who has subscribed longer ago than this when it is told is not greeted: a platform brings its history along.
NEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WelcomeMessage:
    enabled: bool
    content: Content
    html: str
    changed_at: datetime
