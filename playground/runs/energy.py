"""The energy of a training, as far as it can be told without a meter: an estimate, and said to be one."""

from __future__ import annotations

WATTS = 5.0
"""Of a busy core: the thermal design power of a server's processor, shared among its cores. That is 4.4 W of the 280 W
of an AMD EPYC 7763 with 64 cores, and 6.8 W of the 270 W of an Intel Xeon Platinum 8380 with 40. Memory, cooling and
the rest of the machine are left out, so what is drawn from the wall is more."""
ASSUMED = f"Energy is estimated, not measured: seconds of training × CPU threads × {WATTS:g} W for a core of a server."
"""How, in a sentence for a person."""


def watt_hours(seconds: float, threads: int) -> float:
    """What a training that kept `threads` cores busy for `seconds` took, in Wh."""
    return seconds * threads * WATTS / 3600
