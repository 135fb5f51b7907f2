"""Keys of records: a base64 text with a prefix, an ID and a number, to be treated as opaque by clients."""

import base64
import binascii

from listloop.sandbox.maximizer.problems import Failure

Ident = tuple[str, int]
"""The durable identity: a contact has the ID of its company, and a number of its own."""


def key_text(prefix: str, ident: Ident, salt: str = "") -> str:
    """The key as a client sees it; ``salt`` makes it another text in each session."""
    parts = [prefix, ident[0], str(ident[1]), *([salt] if salt else [])]
    return base64.b64encode("\t".join(parts).encode()).decode()


def ident_of(text: object, salt: str = "") -> Ident:
    """Who is meant by a key, whatever its prefix. Raises Failure for what is no key of this session."""
    try:
        parts = base64.b64decode(str(text), validate=True).decode().split("\t")
        number = int(parts[2]) if len(parts) > 2 else 0
    except (binascii.Error, ValueError, UnicodeDecodeError):
        raise Failure(-1, "The given key is not valid.") from None
    if len(parts) < 2 or (salt and parts[3:] != [salt]):
        raise Failure(-1, "The given key is not valid.")
    return parts[1], number
