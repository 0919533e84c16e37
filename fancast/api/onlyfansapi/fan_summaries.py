"""Summaries of fans that a language model writes. No provider can be set up here, so none is promised."""

from fancast.api.http import Answer, Call
from fancast.model.problems import Kind, Problem
from fancast.store.database import Tx


def no_provider(_tx: Tx, _call: Call) -> Answer:
    raise Problem(
        Kind.CONFLICT, "no_summary_provider", "This server has no provider for summaries and writes none."
    )
