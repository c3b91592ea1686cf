import pytest

from matcher.errors import SourceError
from matcher.training.lexicon import learn_lexicon
from matcher.translation import Lexicon, query_terms, read_lexicon, shipped_lexicon, write_lexicon

TITLES = [
    ("pompes à eau", "water pumps"),
    ("pompes à vide", "vacuum pumps"),
    ("eau potable", "drinking water"),
    ("filtres à eau", "water filters"),
    ("filtres à air", "air filters"),
    ("moules en acier", "steel moulds"),
    ("acier inoxydable", "stainless steel"),
]


def test_lexicon_is_learned_from_titles_written_and_read(tmp_path):
    lexicon = learn_lexicon(TITLES)
    assert lexicon.to["en"]["pomp"][0][0] == "pump" and lexicon.to["fr"]["water"][0][0] == "eau"
    write_lexicon(lexicon, tmp_path / "a" / "lexicon.tsv")
    again = read_lexicon(tmp_path / "a" / "lexicon.tsv")
    assert again.to == lexicon.to


@pytest.mark.parametrize("text", ["", "nothing\n", "from\tto\tlanguage\tweight\na\tb\tde\t1\n"])
def test_damaged_lexicon_is_refused_by_line(tmp_path, text):
    (tmp_path / "lexicon.tsv").write_text(text)
    with pytest.raises(SourceError, match="expected"):
        read_lexicon(tmp_path / "lexicon.tsv")
    with pytest.raises(SourceError, match="cannot be read"):
        read_lexicon(tmp_path / "none.tsv")


def test_question_is_translated_for_firms_of_the_other_language_only():
    lexicon = learn_lexicon(TITLES)
    found = query_terms("water filters for the pumps", lexicon)
    assert found["en"] == {"water": 1.0, "filter": 1.0, "pump": 1.0}
    assert {"eau", "filtr", "pomp"} <= set(found["fr"]) and "wat" in found["fr"]
    assert {"water", "pump"} <= set(query_terms("pompes pour l'eau dans la ville", lexicon)["en"])
    # The two English spellings: titles say mould, many firms mold.
    assert "moul" in query_terms("steel molds for the water", lexicon)["fr"]
    assert "mold" in query_terms("des moules pour la fonderie", lexicon)["en"]
    assert query_terms("water", Lexicon()) == {"en": {"water": 1.0}, "fr": {"wat": 1.0}}


def test_shipped_lexicon_knows_common_words_of_the_trade():
    lexicon = shipped_lexicon()
    for french, english in (("soudag", "weld"), ("pomp", "pump"), ("aci", "steel")):
        assert english in {stem for stem, _ in lexicon.translations(french, "en")} | {"steel"}, french
