"""What pages say: every word can be said in French, none is an inside word, nothing is styled or scripted in place."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from service import words
from service.messages import said, update

SERVICE = Path(words.__file__).parent
TEMPLATES = sorted((SERVICE / "templates").rglob("*.html"))
NAMES = [path.relative_to(SERVICE / "templates").as_posix() for path in TEMPLATES]
# Words of the code that DESIGN keeps away from people, each with what pages say instead.
INSIDE = {
    "en": r"evidence|inferred|consorti(um|a)|expressions? of interest|dry run|judge?ments?|exposures?|corpus"
    r"|embeddings?|retriev\w*|rerank\w*|qrels|logits?|passages?|facets?|candidates?|upsert\w*|null|tokens?",
    "fr": r"inféré\w*|consortium|manifestations? d.intérêt|jugements?|corpus|plongements?|candidats?|jetons?",
}
SAID_ASIDE = {"alt", "aria-label", "placeholder", "title", "data-confirm", "data-label", "aria-description"}


def strings():
    for name, line, text in said():
        for one in [text] if isinstance(text, str) else text:
            yield f"{name}:{line}", one


def test_every_string_has_its_french():
    french = words.read_catalog("fr")
    missing = []
    for name, line, text in said():
        message = french.get(text if isinstance(text, str) else text[0])
        if message is None or not all([message.string] if isinstance(message.string, str) else message.string):
            missing.append(f"{name}:{line}: {text}")
    assert not missing, "run `make messages`, then write the French of these:\n" + "\n".join(sorted(set(missing)))


def test_french_fills_in_the_same_values():
    values = re.compile(r"%\((\w+)\)[sd]|%%|%")
    for message in words.read_catalog("fr"):
        if not message.id:
            continue
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        french = [message.string] if isinstance(message.string, str) else list(message.string)
        if not all(french):
            continue  # the test before this one says so
        wanted = set(values.findall("".join(english)))
        for one in french:
            assert set(values.findall(one)) <= wanted, message.id
        assert set(values.findall("".join(french))) == wanted, message.id


@pytest.mark.parametrize("language", ["en", "fr"])
def test_inside_words_are_not_said_to_people(language):
    inside = re.compile(rf"\b({INSIDE[language]})\b", re.IGNORECASE)
    if language == "en":
        found = [f"{place}: {text}" for place, text in strings() if inside.search(text)]
    else:
        found = [str(m.string) for m in words.read_catalog("fr") if m.id and inside.search(str(m.string))]
    assert not found, "\n".join(found)


class Unmarked(HTMLParser):
    """Finds words between tags and in attributes that are read out."""

    def __init__(self):
        super().__init__()
        self.found, self._skip = [], 0

    def handle_starttag(self, tag, attributes):
        self._skip += tag in ("style", "script", "code")
        for name, value in attributes:
            if name in SAID_ASIDE and value and re.search(r"[^\W\d_]{2,}", value):
                self.found.append(f"{name}={value!r}")
            assert name != "style" and not name.startswith("on"), f"<{tag} {name}=…>: the policy refuses it"
        if tag == "script":
            assert dict(attributes).get("src"), "a script in place: the policy refuses it"
        assert tag != "style", "a style in place: the policy refuses it"

    def handle_endtag(self, tag):
        self._skip -= tag in ("style", "script", "code")

    def handle_data(self, data):
        words_only = re.sub(r'[\w-]+="[^"]*"', "", data)  # a macro may be a piece of a tag
        if not self._skip and re.search(r"[^\W\d_]{2,}", words_only):
            self.found.append(data.strip())


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_word_of_a_template_is_marked(path):
    text = path.read_text(encoding="utf-8")
    assert "|safe" not in text.replace(" ", ""), "nothing is trusted to be HTML"
    # What Jinja puts in is not a word of the template: `_(…)` is for the tests above.
    places = r"\{%-? block (?:here|width|title_class) -?%\}.*?\{%-? endblock -?%\}"  # addresses and names of classes
    tokens = Environment(trim_blocks=True).lex(re.sub(places, "", text, flags=re.DOTALL))
    kept, depth = [], 0
    for _, kind, value in tokens:
        depth += {"block_begin": 1, "variable_begin": 1, "comment_begin": 1, "raw_begin": 1}.get(kind, 0)
        if kind == "data" and not depth:
            kept.append(value)
        if kind in ("block_end", "variable_end", "comment_end", "raw_end"):
            depth -= 1
            kept.append("\u200b" if kind == "variable_end" else "")
    finder = Unmarked()
    finder.feed("".join(kept))
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    found = [*finder.found, *unmarked_values(environment.parse(text))]
    assert not found, "mark these by _(…):\n" + "\n".join(found)


def unmarked_values(node):
    """Text that begins as a sentence does, handed to a macro or printed, and not by way of `_(…)`."""
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in ("_", "ngettext", "gettext"):
        return
    if (
        isinstance(node, nodes.Const)
        and isinstance(node.value, str)
        and re.match(r"[A-ZÀ-Ý][a-zà-ÿ]+( |$)", node.value)
    ):
        yield node.value
    for child in node.iter_child_nodes():
        yield from unmarked_values(child)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_form_that_writes_has_its_token(path):
    text = path.read_text(encoding="utf-8")
    if '"letters_base.html"' in text:
        return  # who opens a letter's link has no session: the signed link itself is what a forger lacks
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL):
        assert "csrf_field()" in form or 'name="csrf"' in form, form[:200]


def test_dates_numbers_and_money_are_written_as_the_reader_writes_them():
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from service.pages import formats

    toronto = ZoneInfo("America/Toronto")
    late = datetime(2026, 12, 13, 2, 30, tzinfo=UTC)  # still the day before in Toronto
    try:
        assert formats.format_date(late, zone=toronto) == "December 12, 2026"
        assert formats.format_date("2026-12", zone=toronto) == "December 2026"
        assert formats.format_date("2026", zone=toronto) == "2026"
        assert formats.format_date(None, zone=toronto) == ""
        assert formats.format_number(1234567) == "1,234,567"
        assert formats.format_money(25000) == "$25,000"
        assert formats.format_money(25000.5) == "$25,000.50"
        words.use_language("fr")
        assert formats.format_date(late, zone=toronto) == "12 décembre 2026"
        assert formats.format_number(1234567).replace("\u202f", " ").replace("\u00a0", " ") == "1 234 567"
        assert formats.format_money(25000).replace("\u202f", " ").replace("\u00a0", " ") == "25 000 $"
        assert words.ngettext("%(num)s firm", "%(num)s firms", 0) == "0 entreprise"
        assert words.ngettext("%(num)s firm", "%(num)s firms", 2) == "2 entreprises"
    finally:
        words.use_language("en")
    assert words.ngettext("%(num)s firm", "%(num)s firms", 0) == "0 firms"


def test_bringing_files_up_to_date_keeps_what_either_of_two_files_has_translated(tmp_path):
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    entry = 'msgid "Saved."\nmsgstr "{}"\n'
    for first, second in (("Enregistré.", ""), ("", "Enregistré.")):
        (tmp_path / "a.po").write_text(head + entry.format(first), encoding="utf-8")
        (tmp_path / "b.po").write_text(head + entry.format(second), encoding="utf-8")
        update(tmp_path)
        kept = "".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*.po")))
        assert kept.count('msgid "Saved."') == 1 and 'msgstr "Enregistré."' in kept
