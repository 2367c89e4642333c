"""pydantic's findings in words that users know; its own speak of inputs and validators."""

from typing import Any

from pydantic import ValidationError

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known to this version of docclean",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": "must be a finite number",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "is not written the way it must be",
    "value_error": "does not fit: {error}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
}
_OTHER = "has a value that does not fit"


def explain_validation_fault(fault: ValidationError) -> tuple[str, str]:
    """Say what is wrong with the first value that does not fit.

    Returns:
        The value's name with dots between its parts, empty for the whole; and the end of a sentence that begins with
        that name, without a full stop, as in "must be at least 8".
    """
    first = fault.errors(include_url=False)[0]
    facts: dict[str, Any] = first.get("ctx", {})
    return ".".join(str(part) for part in first["loc"]), _WORDS.get(first["type"], _OTHER).format_map(facts)
