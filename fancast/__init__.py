"""Fancast: the open, self-hosted mass-messaging server for creator and subscription platforms."""

__version__ = "0.1.0"
