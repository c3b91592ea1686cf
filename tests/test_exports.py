import types

import matcher


def test_all_is_sorted_whole_and_holds_no_name_twice():
    assert list(matcher.__all__) == sorted(matcher.__all__), "sort matcher.__all__"
    assert len(set(matcher.__all__)) == len(matcher.__all__)


def test_every_exported_name_is_there():
    assert [name for name in matcher.__all__ if not hasattr(matcher, name)] == []


def test_nothing_public_stands_beside_what_is_exported():
    found = {
        name
        for name, value in vars(matcher).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert found == set(matcher.__all__)


def test_everything_exported_has_a_docstring():
    own = [getattr(matcher, name) for name in matcher.__all__]
    assert [thing.__name__ for thing in own if callable(thing) and not (thing.__doc__ or "").strip()] == []
