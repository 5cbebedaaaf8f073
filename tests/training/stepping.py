"""Runs that are trained step by step: what a visitor does to one, and its weights."""

STEPPED = "point-gan-gaussians"


def play(live, run, times=1, only="", **knobs):
    """The step after some more."""
    with live.turn(run) as turn:
        turn.change(knobs)
        for _ in range(times):
            turn.play(1, only)
        return turn.step


def weights(live, run):
    with live.turn(run) as turn:
        return {name: value.clone() for name, value in turn.network.state_dict().items()}
