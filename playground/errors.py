"""Errors meant for a person: what was given, what is allowed, what to do."""


class PlaygroundError(Exception):
    """A problem that the person in front of the page can understand and fix; its text is shown to them as it is."""


class Busy(PlaygroundError):
    """Too many requests are waiting already; the same one may be answered in a moment."""
