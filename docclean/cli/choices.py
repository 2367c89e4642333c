"""Words that an option takes, as typed."""

from enum import StrEnum
from typing import TypeVar

from docclean.core.errors import UsageError

_Choice = TypeVar("_Choice", bound=StrEnum)


def choice(kind: type[_Choice], option: str, text: str) -> _Choice:
    """Find what an option's word stands for.

    Raises:
        UsageError: Nothing; names the words that do.
    """
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise UsageError(f"{option} {text}: is not known; choose {known}.") from None
