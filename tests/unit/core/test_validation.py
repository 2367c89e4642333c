from enum import StrEnum
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from docclean.core.validation import explain_validation_fault


class Kind(StrEnum):
    ONE = "one"
    TWO = "two"


class Inner(BaseModel):
    size: int = Field(default=8, ge=8, multiple_of=8)


class Values(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)

    name: str
    kind: Kind = Kind.ONE
    rate: float = Field(default=0.5, gt=0, lt=1, allow_inf_nan=False)
    share: int = Field(default=0, ge=0, le=100)
    flag: bool = False
    parts: tuple[Inner, ...] = ()
    table: dict[str, int] = Field(default_factory=dict)
    code: str = Field(default="a", pattern="^[a-z]$")
    even: int = 0
    place: bytes = b""

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("odd numbers have no middle")
        return value


@pytest.mark.parametrize(
    ("values", "key", "words"),
    [
        ({"name": ...}, "name", "is missing"),
        ({"other": 1}, "other", "is not known to this version of docclean"),
        ({"name": 1}, "name", "must be text"),
        ({"kind": "three"}, "kind", "must be 'one' or 'two'"),
        ({"rate": 0}, "rate", "must be more than 0.0"),
        ({"rate": 1}, "rate", "must be less than 1.0"),
        ({"rate": float("nan")}, "rate", "must be a finite number"),
        ({"rate": "much"}, "rate", "must be a number"),
        ({"share": -1}, "share", "must be at least 0"),
        ({"share": 101}, "share", "must be at most 100"),
        ({"share": "much"}, "share", "must be a whole number"),
        ({"share": 0.5}, "share", "must be a whole number"),
        ({"flag": "perhaps"}, "flag", "must be true or false"),
        ({"parts": 1}, "parts", "must be a list"),
        ({"parts": [{}, {"size": 12}]}, "parts.1.size", "must be a multiple of 8"),
        ({"parts": [1]}, "parts.0", "must be a table"),
        ({"table": 1}, "table", "must be a table"),
        ({"code": "AB"}, "code", "is not written the way it must be"),
        ({"even": 3}, "even", "does not fit: odd numbers have no middle"),
        ({"place": 1}, "place", "has a value that does not fit"),
    ],
)
def test_explain_validation_fault_names_the_value_in_plain_words(values: dict[str, Any], key: str, words: str) -> None:
    given = {name: value for name, value in ({"name": "x"} | values).items() if value is not ...}
    with pytest.raises(ValidationError) as caught:
        Values.model_validate(given)
    assert explain_validation_fault(caught.value) == (key, words)
