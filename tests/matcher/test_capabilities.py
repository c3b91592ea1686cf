import json

import pytest

from matcher.capabilities import ConceptFinder, read_vocabulary, shipped_finder
from matcher.errors import SourceError
from matcher.serving import data_folder
from matcher.types import NeedRole

HEADER = "id\tkind\ten\tfr\tbroader\trelated\tusually_needs\n"
ROWS = (
    "welding\tprocess\twelding; weld\tsoudage\t\t\t\n"
    "laser-welding\tprocess\tlaser welding; laser-beam welding\tsoudage au laser\twelding\t\t\n"
    "mes\tsoftware\tmanufacturing execution system; MES\tsystème de gestion de production\t\t\t\n"
    "tea\tproduct\ttea\tthé\t\t\twelding:1\n"
    "battery\tproduct\tbattery pack; batteries\tbloc-batterie\t\twelding\t"
    "laser welding:3; MES:2:partner; pressure welding:1\n"
)


def vocabulary(tmp_path, rows=ROWS):
    (tmp_path / "a.tsv").write_text(HEADER + rows, encoding="utf-8")
    return read_vocabulary(tmp_path)


def found(finder, text, lang=None):
    return [(text[m.start : m.end], m.concept_id) for m in finder.find(text, lang)]


def test_links_and_usual_needs_are_resolved(tmp_path):
    read = vocabulary(tmp_path)
    assert len(read) == 5 and read["battery"].label == "battery pack"
    assert read.ancestors("laser-welding") == {"welding"} and read["battery"].related == ("welding",)
    needs = [(n.text, n.concept_id, n.weight, n.role) for n in read["battery"].usually_needs]
    assert needs == [
        ("laser welding", "laser-welding", 3, NeedRole.SUPPLIER),
        ("MES", "mes", 2, NeedRole.PARTNER),
        ("pressure welding", "welding", 1, NeedRole.SUPPLIER),
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("welding\tprocess\ta\tb\t\t\t\n", "already given in a.tsv line 2"),
        ("x\tmagic\ta\tb\t\t\t\n", "kind is 'magic'"),
        ("x\tprocess\ta\t\t\t\t\n", "label in English and one in French"),
        ("x\tprocess\ta\tb\tnowhere\t\t\n", "broader 'nowhere'"),
        ("x\tprocess\ta\tb\t\t\tunheard of:1\n", "holds no label"),
        ("x\tprocess\ta\tb\t\t\tlaser welding:9\n", "weight 1 to 3"),
        ("\tprocess\ta\tb\t\t\t\n", "no id"),
    ],
)
def test_faults_are_named_by_file_and_line(tmp_path, row, fault):
    with pytest.raises(SourceError, match="a.tsv line 7") as error:
        vocabulary(tmp_path, ROWS + row)
    assert fault in str(error.value)


def test_folder_without_tables_and_odd_columns_are_refused(tmp_path):
    with pytest.raises(SourceError, match="no vocabulary"):
        read_vocabulary(tmp_path)
    (tmp_path / "a.tsv").write_text("id\tname\n", encoding="utf-8")
    with pytest.raises(SourceError, match="expected id, kind"):
        read_vocabulary(tmp_path)


def test_longest_label_wins_with_its_place_in_the_text(tmp_path):
    finder = ConceptFinder(vocabulary(tmp_path))
    text = "Robotic Laser Welds, welding and batteries"
    assert found(finder, "We offer laser welding; welding of batteries.") == [
        ("laser welding", "laser-welding"),
        ("welding", "welding"),
        ("batteries", "battery"),
    ]
    assert found(finder, text)[0] == ("Laser Welds", "laser-welding")
    assert found(finder, "Soudage au laser de blocs-batteries") == [
        ("Soudage au laser", "laser-welding"),
        ("blocs-batteries", "battery"),
    ]
    assert finder.concepts("welding, welding, MES") == {"welding": 2, "mes": 1}


def test_small_words_and_lower_case_acronyms_are_no_concepts(tmp_path):
    finder = ConceptFinder(vocabulary(tmp_path))
    assert found(finder, "the mes of the welded", "en") == []
    assert found(finder, "le thé de mes amis", "fr") == [("thé", "tea")]


def test_shipped_vocabulary_is_whole_and_covers_what_firms_say():
    finder = shipped_finder()
    concepts = finder.vocabulary.concepts.values()
    assert len(concepts) >= 450 and sum(bool(c.usually_needs) for c in concepts) >= 150
    rows = (data_folder() / "directory" / "firms.jsonl").read_text(encoding="utf-8").splitlines()
    items = [item for row in rows for item in json.loads(row).get("capabilities") or []]
    assert sum(bool(finder.find(item)) for item in items) / len(items) > 0.75


def test_of_labels_with_the_same_stems_the_one_written_in_the_text_wins(tmp_path):
    rows = (
        "mould\tequipment\tinjection mould\tmoule à injection\t\t\t\n"
        "moulding\tprocess\tinjection moulding\tmoulage par injection\t\t\t\n"
    )
    finder = ConceptFinder(vocabulary(tmp_path, rows))
    assert found(finder, "injection moulding") == [("injection moulding", "moulding")]
    assert found(finder, "injection moulds") == [("injection moulds", "mould")]
    assert {concept for _, concept in found(finder, "injection moulded")} == {"mould", "moulding"}


def test_no_label_runs_over_the_end_of_a_sentence_or_item(tmp_path):
    rows = (
        "gas\tindustry\toil and gas\tpétrole et gaz\t\t\t\n"
        "iso\tcertificate\tISO 9001:2015\tISO 9001:2015\t\t\t\n"
        "smart\ttechnology\tIndustry 4.0\tindustrie 4.0\t\t\t\n"
        "design\tservice\tproduct engineering\tconception de produits\t\t\t\n"
    )
    finder = ConceptFinder(vocabulary(tmp_path, rows))
    assert found(finder, "rated for oil, and gas detectors; the product. Engineers use it") == []
    assert [c for _, c in found(finder, "Oil and gas. ISO 9001:2015, Industry 4.0 (product engineering)")] == [
        "gas",
        "iso",
        "smart",
        "design",
    ]
