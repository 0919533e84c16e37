"""Users in a few words, as lists and pages show them."""

from typing import Annotated

from msgspec import Meta, Struct

from fancast.model.fans import Fan


class AvatarThumbs(Struct, frozen=True):
    c50: str
    c144: str


class UserRef(Struct, frozen=True, rename="camel", kw_only=True):
    """A user."""

    id: int
    username: str
    name: str
    is_verified: bool = False
    avatar: str | None
    avatar_thumbs: Annotated[AvatarThumbs | None, Meta(description="Both sizes show the whole avatar.")]


def write_user(fan: Fan) -> UserRef:
    return UserRef(
        id=fan.fan_id,
        username=fan.username,
        name=fan.name,
        avatar=fan.avatar_url,
        avatar_thumbs=write_thumbs(fan),
    )


def write_thumbs(fan: Fan) -> AvatarThumbs | None:
    return None if fan.avatar_url is None else AvatarThumbs(c50=fan.avatar_url, c144=fan.avatar_url)
