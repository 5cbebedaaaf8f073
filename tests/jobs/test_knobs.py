"""Whatever a form says, it becomes a run that can be trained, or is refused in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.control import Control
from playground.errors import PlaygroundError
from playground.jobs.admission import PUBLIC
from playground.jobs.launch import launch
from playground.labs import recipes

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.lists(st.integers(), max_size=2)
)


def allowed(control: Control) -> st.SearchStrategy[Any]:
    """What may be typed for a field, or chosen; a number within its bounds, now and then at them."""
    least, most = control.ge or 0, 100 if control.le is None else control.le
    whole = st.one_of(st.integers(int(least), int(most)), st.integers(int(least), int(min(most, least + 40))))
    values: st.SearchStrategy[Any] = {
        "switch": st.booleans(),
        "choice": st.sampled_from(sorted(control.names) or [""]),
        "integer": whole,
        "seed": whole,
        "class": whole,
        "attributes": st.sampled_from(["", "7", "0-1-2-3-4-0-1-2-3", "9-9-9-9-9-9-9-9-9", "none"]),
        "number": st.one_of(st.floats(least, most), st.sampled_from([least, most])),
        "text": st.text(min_size=1, max_size=min(20, control.max_length)),
        "name": st.sampled_from(sorted(control.names) or [""]),
        "picture": st.sampled_from(["ex-0", "ex-5-inverted", "ex-999", "up-gone"]),
    }[control.kind]
    return st.one_of(st.none(), values) if control.optional else values


def values(control: Control) -> st.SearchStrategy[Any]:
    """What may be typed for a field: mostly what is allowed, now and then nonsense."""
    return st.one_of(allowed(control), JUNK)


class Queue:
    """An engine that takes note."""

    def submit(self, run, *, resume=False):
        pass


@pytest.mark.parametrize("name", sorted({type(preset): name for name, preset in recipes().items()}.values()))
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_knobs_become_a_run_or_are_refused(store, used_by, name, data):
    preset = recipes()[name]
    controls = preset.controls()
    chosen = data.draw(st.lists(st.sampled_from(sorted(controls)), max_size=6, unique=True))
    knobs = {knob: data.draw(values(controls[knob])) for knob in chosen}
    try:
        recipe = preset.changed(**knobs)
        run = launch(store, Queue(), name=name, recipe=recipe, owner="ann", limits=PUBLIC)
    except PlaygroundError as refusal:
        assert str(refusal).strip().endswith((".", ")", "”"))
        return
    assert run.recipe == recipe and run.recipe.network(run.spec).state_dict()
    store.delete(run)
