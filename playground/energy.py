"""The energy of a computation, as far as it can be told without a meter: an estimate, and said to be one."""

from __future__ import annotations

WATTS = 5.0
"""Of a busy core: the thermal design power of a server's processor, shared among its cores. That is 4.4 W of the 280 W
of an AMD EPYC 7763 with 64 cores, and 6.8 W of the 270 W of an Intel Xeon Platinum 8380 with 40. Memory, cooling and
the rest of the machine are left out, so what is drawn from the wall is more."""
ASSUMED = f"Energy is estimated, not measured: seconds of training × CPU threads × {WATTS:g} W for a core of a server."
"""How that of a training, in a sentence for a person."""


def joules(seconds: float, threads: int) -> float:
    """What a computation that kept `threads` cores busy for `seconds` took, in J."""
    return seconds * threads * WATTS


def watt_hours(seconds: float, threads: int) -> float:
    """The same in Wh."""
    return joules(seconds, threads) / 3600
