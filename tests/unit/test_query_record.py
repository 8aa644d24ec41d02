import pytest

from cache.query.meaning import All, Either, Flagged, HasNotes
from cache.query.tree import Value, Word


def test_records_are_equal_by_class_and_values() -> None:
    assert Word("a", 1) == Word(text="a", column=1, quoted=False)
    assert Word("a", 1) != Word("a", 2)
    assert Word("a", 1) != Value("a", 1)
    assert All(()) != Either(())
    assert Flagged() != HasNotes()
    assert len({Word("a", 1), Word("a", 1), Value("a", 1), Flagged(), HasNotes()}) == 4


def test_records_cannot_be_changed() -> None:
    word = Word("a", 1)
    with pytest.raises(AttributeError):
        word.text = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del word.text
    assert word == Word("a", 1)


def test_records_take_their_own_values_only() -> None:
    with pytest.raises(TypeError, match="needs column"):
        Word("a")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="takes 3 values"):
        Word("a", 1, False, True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="has no colour"):
        Word("a", 1, colour="red")  # type: ignore[call-arg]


def test_records_are_matched_by_position_and_shown_by_name() -> None:
    match Word("a", 1):
        case Word(text, column):
            assert (text, column) == ("a", 1)
    assert repr(Word("a", 1)) == "Word(text='a', column=1, quoted=False)"
