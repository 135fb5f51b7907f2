"""Errors: all of them come with HTTP 200, in one of three shapes."""

from typing import Any


class Failure(Exception):
    """One object block that could not be carried out."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number
        self.text = text


class TokenFailure(Failure):
    """The token is missing, wrong or expired."""

    def __init__(self) -> None:
        super().__init__(-1, "Token is invalid")


def shown(problem: Failure, shape: str) -> dict[str, Any]:
    """The body of an answer; ``shape`` is the switch ``error_shape``."""
    if shape == "top":
        return {"Code": problem.number, "Msg": [problem.text]}
    if shape == "objects":
        return {"Code": -1, "Msg": [{"Message": problem.text, "ErrorCode": problem.number}]}
    return {"Code": -1, "Msg": [problem.text]}


def unsupported(thing: str, name: str) -> Failure:
    """A property that the object hasn't got, or that can't be written."""
    return Failure(-1023, f"{thing} doesn't support property '{name}'")


def wrong_type(name: str) -> Failure:
    """A JSON value of another type than the field's."""
    return Failure(-1024, f"The value of '{name}' is of a wrong type")


def mandatory(thing: str, name: str) -> Failure:
    """A creation without what it needs."""
    return Failure(-10010, f"{thing}: {name} is mandatory")


def denied(what: str = "") -> Failure:
    """The user has no right to do that."""
    return Failure(-30002, f"Access denied{': ' + what if what else ''}")
