"""JSON that every reader takes, whatever numbers and texts it is made of."""

from __future__ import annotations

import json
from typing import Any


def json_text(value: Any) -> str:
    """What JSON can hold, in ASCII; a number that is infinite or none becomes null, half a character an escape.

    A network whose weights have diverged answers with such numbers, and what others wrote may hold such texts.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:  # Python's own JSON knows those numbers by name, which browsers do not
        return json.dumps(json.loads(json.dumps(value), parse_constant=lambda name: None))
