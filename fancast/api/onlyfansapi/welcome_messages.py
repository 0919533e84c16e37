"""The welcome message in this dialect: what a new subscriber gets by itself."""

from typing import Annotated

import msgspec

from fancast.api.http import Answer, Call
from fancast.api.onlyfansapi.content import ReleaseForm, read_content, write_release_forms
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.mass_messages import Success, Words
from fancast.api.onlyfansapi.media import MediaItem, media_shown
from fancast.api.onlyfansapi.values import Body, account_of, price_number, required
from fancast.core import welcome_messages
from fancast.kit.times import offset_text
from fancast.model.welcome_messages import WelcomeMessage
from fancast.store.database import Tx

Description = msgspec.Meta


class WelcomeBody(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """What new subscribers shall get; it takes the place of what was there."""

    text: Annotated[str, Description(description="Plain text; may be missing where there are media.")] = ""
    locked_text: bool = False
    price: Annotated[
        float | str, Description(description="Dollars: 0, or from 3 to 200. Needs mediaFiles.")
    ] = 0
    media_files: Words = []
    previews: Words = []
    rf_tag: Words = []
    rf_partner: Words = []
    rf_guest: Words = []
    is_forward: Annotated[bool, Description(description="Taken and left alone.")] = False


class EnabledBody(msgspec.Struct):
    enabled: bool


class WelcomeItem(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The welcome message; without one an empty text, switched off."""

    id: str
    is_active: bool
    template: str
    text: Annotated[str, Description(description="HTML, as fans see it.")]
    display_text: str
    giphy_id: str | None
    locked_text: bool
    price: float
    is_media_ready: bool
    media_count: int
    media: list[MediaItem]
    previews: list[int]
    is_couple_people_media: bool
    is_markdown_disabled: bool
    release_forms: list[ReleaseForm]
    created_at: str


def get(tx: Tx, call: Call) -> Answer:
    return enveloped(_shown(tx, call, welcome_messages.get(tx, account_of(call), now=call.now)))


def put(tx: Tx, call: Call) -> Answer:
    content = read_content(Body(call.body), text_needed=False)
    return enveloped(_shown(tx, call, welcome_messages.put(tx, account_of(call), content, now=call.now)))


def switch(tx: Tx, call: Call) -> Answer:
    welcome_messages.switch(tx, account_of(call), on=read_enabled(Body(call.body)))
    return enveloped(Success())


def read_enabled(body: Body) -> bool:
    found = body.flag("enabled")
    if found is None:
        raise required("enabled")
    return found


def _shown(tx: Tx, call: Call, found: WelcomeMessage) -> WelcomeItem:
    content = found.content
    shown = media_shown(tx, account_of(call), [content.media_ids], call.links)
    items = [shown[id] for id in content.media_ids if id in shown]
    return WelcomeItem(
        id=str(account_of(call).creator_id), is_active=found.enabled, template="welcome", text=found.html,
        display_text=content.text, giphy_id=content.extras.get("giphy_id") or None,
        locked_text=content.locked_text, price=price_number(content.price_cents),
        is_media_ready=all(item.is_ready for item in items), media_count=len(content.media_ids), media=items,
        previews=list(content.preview_media_ids), is_couple_people_media=False, is_markdown_disabled=True,
        release_forms=write_release_forms(content), created_at=offset_text(found.changed_at),
    )  # fmt: skip
