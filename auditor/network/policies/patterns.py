"""Texts with wildcards, and short texts that tell several of them apart."""

import functools
import string
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Token:
    """One character of a text, or with ``repeated`` any number of them."""

    allowed: str = ""
    """The characters that it stands for; empty for all but the excluded ones."""
    excluded: str = ""
    repeated: bool = False

    def takes(self, character: str) -> bool:
        """Whether it stands for a character."""
        return character in self.allowed if self.allowed else character not in self.excluded


Pattern = tuple[Token, ...]


def literal(text: str, *, fold: bool = False) -> Pattern:
    """Just a text; with ``fold`` in any case."""
    return tuple(Token(_cases(character) if fold else character) for character in text)


def wildcard(text: str, *, excluded: str = "", fold: bool = False) -> Pattern:
    """A text in which ``*`` stands for any characters and ``?`` for one, but for the excluded ones."""
    tokens: list[Token] = []
    for character in text:
        if character == "*":
            many = Token(excluded=excluded, repeated=True)
            if not tokens or tokens[-1] != many:
                tokens.append(many)
        elif character == "?":
            tokens.append(Token(excluded=excluded))
        else:
            tokens.append(Token(_cases(character) if fold else character))
    return tuple(tokens)


def some(characters: str) -> Pattern:
    """At least one of some characters."""
    return (Token(characters), Token(characters, repeated=True))


DIGITS = tuple(Token(string.digits) for _ in range(12))
"""An account id."""


def _cases(character: str) -> str:
    return "".join(dict.fromkeys([character, character.lower(), character.upper()]))


class Patterns:
    """Several patterns at once, a bit for each of their positions."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.tokens: dict[int, Token] = {}
        """The tokens by their bits."""
        self.finals: list[int] = []
        self.extents: list[int] = []
        """All bits of each pattern."""
        self._skippable = 0
        start, position = 0, 0
        for pattern in patterns:
            first = position
            for token in pattern:
                self.tokens[1 << position] = token
                self._skippable |= (1 << position) if token.repeated else 0
                position += 1
            start |= 1 << first
            self.finals.append(1 << position)
            position += 1
            self.extents.append((1 << position) - (1 << first))
        self.final = functools.reduce(int.__or__, self.finals, 0)
        self.start = self._closed(start)
        self._moves: dict[str, tuple[int, int]] = {}

    def match(self, text: str) -> bool:
        """Whether a text matches one of them, in time that is linear in the text."""
        state = self.start
        for character in text:
            state = self.step(state, character)
            if not state:
                return False
        return bool(state & self.final)

    def step(self, state: int, character: str) -> int:
        """The positions that a character leads to."""
        onward, staying = self._move(character)
        return self._closed(((state & onward) << 1) | (state & staying))

    def _move(self, character: str) -> tuple[int, int]:
        if character not in self._moves:
            onward = staying = 0
            for bit, token in self.tokens.items():
                if token.takes(character):
                    if token.repeated:
                        staying |= bit
                    else:
                        onward |= bit
            self._moves[character] = onward, staying
        return self._moves[character]

    def _closed(self, state: int) -> int:
        while (wider := state | ((state & self._skippable) << 1)) != state:
            state = wider
        return state


@dataclass(frozen=True)
class Samples:
    """Texts of a language, one for each way in which some groups of patterns can match texts of it."""

    texts: tuple[str, ...]
    whole: bool
    """Whether no way is left out. The search ends where patterns make too many."""


Group = tuple[Pattern, ...]
"""Patterns of which all that counts is whether one of them matches."""

_MOST_STATES = 15_000


@functools.lru_cache(maxsize=8192)
def samples(language: Group, groups: tuple[Group, ...], preferred: tuple[str, ...] = ()) -> Samples:
    """Texts of a language, given as alternatives, that show every way in which groups of patterns can match its texts.

    Where a preferred text will do, it is taken; else the shortest one.
    """
    every = Patterns([pattern for group in (language, *groups) for pattern in group])
    inside = functools.reduce(int.__or__, every.extents[: len(language)], 0)
    ends, *told = _finals_of(every, (language, *groups))
    found: dict[tuple[bool, ...], str] = {}

    def note(state: int, text: str) -> None:
        if state & ends:
            found.setdefault(tuple(bool(state & final) for final in told), text)

    for text in preferred:
        note(functools.reduce(every.step, text, every.start), text)
    settled = list(_settled(every, (language, *groups)))[1:]
    alphabet = _alphabet(token for group in (language, *groups) for pattern in group for token in pattern)
    seen = {every.start}
    waiting = deque([(every.start, "")])
    while waiting:
        state, text = waiting.popleft()
        note(state, text)
        for character in alphabet:
            following = _merged(every.step(state, character), settled)
            if following & inside and following not in seen:
                if len(seen) >= _MOST_STATES:
                    return Samples(tuple(found.values()), whole=False)
                seen.add(following)
                waiting.append((following, text + character))
    return Samples(tuple(found.values()), whole=True)


def _finals_of(every: Patterns, groups: Iterable[Group]) -> Iterator[int]:
    first = 0
    for group in groups:
        yield functools.reduce(int.__or__, every.finals[first : first + len(group)], 0)
        first += len(group)


def _merged(state: int, settled: Iterable[tuple[int, int, int]]) -> int:
    for reached, of_group, one in settled:
        if state & reached:
            state = state & ~of_group | one
    return state


_ANYTHING = Token(repeated=True)


def _settled(every: Patterns, groups: Iterable[Group]) -> Iterator[tuple[int, int, int]]:
    """Of each group the places from which whatever follows matches, all its places, and one that stands for the former.

    Which of a group's patterns has matched does not count, and thousands of accounts would make as many states of it.
    """
    first = 0
    for group in groups:
        finals, extents = (each[first : first + len(group)] for each in (every.finals, every.extents))
        reached = [final >> 1 for final, pattern in zip(finals, group, strict=True) if pattern[-1:] == (_ANYTHING,)]
        yield (
            functools.reduce(int.__or__, reached, 0),
            functools.reduce(int.__or__, extents, 0),
            reached[0] | reached[0] << 1 if reached else 0,
        )
        first += len(group)


def _alphabet(tokens: Iterable[Token]) -> Sequence[str]:
    """Every character that a token singles out, and one for each set of tokens that take all others alike."""
    told = set(tokens)
    candidates = dict.fromkeys(
        [*string.ascii_lowercase, *string.digits, *string.ascii_uppercase, "-", ".", "_", *_characters(told)]
    )
    # Characters that the same tokens take are the same to all patterns.
    alike: Mapping[frozenset[Token], str] = {
        frozenset(token for token in told if token.takes(character)): character for character in reversed(candidates)
    }
    return sorted(alike.values())


def _characters(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        yield from token.allowed
        yield from token.excluded
