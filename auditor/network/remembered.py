"""Answers about a network that are kept as long as the network is: many rules ask the same."""

import functools
from collections.abc import Callable, Hashable
from typing import TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from auditor import model
from auditor.network.network import Network

Asked = TypeVarTuple("Asked")
Answer = TypeVar("Answer")


def remembered(function: Callable[[Network, *Asked], Answer]) -> Callable[[Network, *Asked], Answer]:
    """Let a function of a network, and of what it is asked of, work out each answer once.

    Entities and records are told apart by their ids, and other arguments, which must be hashable, by their values. The
    function must not yield its answer, and the answer must not hold the network, which would then never be forgotten.
    """
    answers: WeakKeyDictionary[Network, dict[tuple[Hashable, ...], Answer]] = WeakKeyDictionary()

    @functools.wraps(function)
    def ask(network: Network, *asked: *Asked) -> Answer:
        known = answers.setdefault(network, {})
        key = tuple(map(_identity, asked))
        if key not in known:
            known[key] = function(network, *asked)
        return known[key]

    return ask


def _identity(asked: object) -> Hashable:
    if isinstance(asked, model.Record):
        return model.record_id(asked)
    identity: Hashable = getattr(asked, "id", asked)
    return identity
