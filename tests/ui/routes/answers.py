"""What the plain routes answer when something is wrong."""


def sentence(answer, status=400):
    """The one plain sentence that an answer of `status` holds and nothing else."""
    assert answer.status_code == status, answer.text
    (words,) = answer.json().values()
    assert words.endswith(".") and "Traceback" not in words and "Error" not in words and len(words) < 300
    return words
