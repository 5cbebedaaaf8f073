"""Whatever a form says, it becomes a run that can be trained, or is refused in sentences."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from playground.errors import PlaygroundError
from playground.jobs.admission import PUBLIC
from playground.jobs.launch import launch
from playground.labs import recipes

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.lists(st.integers(), max_size=2)
)


def values(field: FieldInfo) -> st.SearchStrategy[Any]:
    """What may be typed for a field: mostly within its bounds, now and then at them, now and then nonsense."""
    options = [kind for kind in (field.annotation, *get_args(field.annotation)) if get_origin(kind) is Literal]
    if options:
        return st.one_of(st.sampled_from(get_args(options[0])), JUNK)
    bounds = {name: getattr(one, name) for one in field.metadata for name in ("ge", "le") if hasattr(one, name)}
    least, most = bounds.get("ge", 0), bounds.get("le", 100)
    kinds = (field.annotation, *get_args(field.annotation))
    if float in kinds:
        return st.one_of(st.floats(least, most), st.sampled_from([least, most]), JUNK)
    if int in kinds:
        return st.one_of(st.integers(int(least), int(most)), st.integers(int(least), int(least) + 40), JUNK)
    return st.one_of(st.booleans(), JUNK)


class Queue:
    """An engine that takes note."""

    def submit(self, run, *, resume=False):
        pass


@pytest.mark.parametrize("name", sorted(recipes()))
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_knobs_become_a_run_or_are_refused(store, used_by, name, data):
    preset = recipes()[name]
    chosen = data.draw(st.lists(st.sampled_from(sorted(type(preset).model_fields)), max_size=6, unique=True))
    knobs = {knob: data.draw(values(type(preset).model_fields[knob])) for knob in chosen}
    try:
        recipe = preset.changed(**knobs)
        run = launch(store, Queue(), name=name, recipe=recipe, owner="ann", limits=PUBLIC)
    except PlaygroundError as refusal:
        assert str(refusal).strip().endswith((".", ")", "”"))
        return
    assert run.recipe == recipe and run.recipe.network(run.spec).state_dict()
    store.delete(run)
