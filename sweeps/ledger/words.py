"""Columns that hold one of a few words, and hand them out as what they are in the code."""

from enum import StrEnum

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

LONGEST = 20


class Word(TypeDecorator[StrEnum]):
    """One of an enumeration's words."""

    impl = String(LONGEST)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._by_text = {word.value: word for word in words}

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self._by_text[value]
