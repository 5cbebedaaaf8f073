"""The benchmark of words: what TF-IDF finds is what its words say."""

from playground.data.texts import captions
from training.benchmarks.words import found_by_words, strange


def test_words_that_two_texts_share_find_one_another():
    names = ["red heart", "cat face", "red heart", "rocket"]
    texts = captions([("red heart", "love"), ("cat face", "pet cat"), ("red heart", "love"), ("rocket", "space red")])
    similar, right = found_by_words(texts, names)
    assert similar.shape == right.shape == (3, 3), "drawings of one emoji count once"
    assert similar[1].argmax() == 1 and similar[1, 0] == similar[1, 2] == 0, "“cat” stands in both"
    assert not similar[0].any(), "“love” stands in no name"
    assert similar[2].argmax() == 0 and not similar[2, 2], "“red” stands in another one's name alone"


def test_a_name_in_which_another_person_stands_is_not_strange():
    known = ["man swimming", "grinning face", "Mrs. Claus", "woman", "policeman"]
    names = ["woman swimming", "person swimming", "old man", "face", "Santa", "person", "men swimming", "manatee"]
    assert [names[i] for i in strange(known, names)] == ["old man", "face", "Santa", "manatee"]
