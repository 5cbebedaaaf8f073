"""The maps of attention in the vision tab."""


def maps(visit):
    """The small maps, one of each head and one of their mean."""
    return visit.view.locator(".attention-maps canvas")


def all_maps(visit, shows):
    """What each of them shows."""
    return [shows(canvas) for canvas in maps(visit).all()]
