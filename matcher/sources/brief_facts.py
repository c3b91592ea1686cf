"""Facts of a brief beside its needs: closing date, day of announcement, money, place, technologies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from matcher.places import find_place, province_code
from matcher.sources.blocks import BlockKind
from matcher.sources.brief_dates import FoundDate, amount, find_dates, find_money, relative_date
from matcher.sources.brief_phrases import sentences, split_list
from matcher.sources.brief_sections import Section, is_label
from matcher.sources.brief_words import Topic, fold, heading_of

MAX_TECHNOLOGIES = 40

_CLOSE = re.compile(
    r"\b(?:clos(?:es?|ing)(?: date)?|deadline|date limite|cloture|date de fermeture|ferme(?:ture)? le|open until|"
    r"ouverte? jusqu'au|(?:bids?|quotes?|proposals?|submissions?) due)\b"
)
_ANSWER = re.compile(
    r"\b(?:quotes?|bids?|proposals?|responses?|submissions?|repl(?:y|ies)|applications?|expressions? of interest|eois?|"
    r"offers?|tenders?|quotations?|pricing|prices|respond|submit|apply|answers?|get back|hear back|let (?:me|us) know|"
    r"send|write|contact|reach out|register|join|interest\w*|call us|soumission\w*|reponses?|communiquez|ecrire|"
    r"ecrivez|repondez|propositions?|candidatures?|offres?|prix|repondre|soumettre|envoyer|deposer|"
    r"postuler|manifest\w+|demandes)\b.{0,90}?\b(?:by|before|until|no later than|due|on or before|avant|d'ici|"
    r"au plus tard|jusqu'au|pour le)\b"
)
_WEAK_CLOSE = re.compile(r"\b(?:due(?: date| by| on)?|no later than|on or before|au plus tard|avant le|echeance)\b")
_OTHER_DATE = re.compile(
    r"\b(?:questions?|clarifications?|site (?:visit|meeting)|intent|information (?:session|webinar)|webinar|deliver\w*|"
    r"livraisons?|livre[es]*|needed by|need(?:ed)? date|required by|start\w*|award\w*|kick-?off|complet\w+|install\w*|"
    r"notif\w+|valid\w*|visites?|seance|debut|octroi|fin (?:du|des) (?:projet|travaux)|parts? (?:by|before)|"
    r"milestones?|jalons?|prototypes? (?:by|due)|in hand|ship\w*)\b"
)
_ANNOUNCED = re.compile(
    r"^(?:date(?: (?:issued|of issue|posted|published|d'emission|de publication|of announcement))?|"
    r"issued?(?: date| on)?|"
    r"issue date|published(?: on)?|posted(?: on)?|announced(?: on)?|release(?:d)?(?: date| on)?|publication date|"
    r"publiee?(?: le)?|emise?(?: le)?|annoncee?(?: le)?|opens?(?: on)?|opening date|"
    r"date d'ouverture)\s*[:–-]?\s*(?:on |le )?(?=\S)"
)
_ANNOUNCED_ON = re.compile(r"\b(?:announced|published|issued|unveiled|annoncee?|devoilee?|publiee?)\s(?:on|le)\s")
_TOTAL = re.compile(
    r"\b(?:(?:total|overall|full|project|entire|combined)\s(?:\w+\s){0,2}(?:budget|cost|value|investment|funding|"
    r"size)|budget|"
    r"(?:budget|cout|valeur|investissement|financement)s?\s(?:total|globale?|du projet|estime)\w*|"
    r"cout total|total)\b|^(?:project |estimated |approx\w* )?costs?\b|^couts?\b"
)
_CLUSTER = re.compile(r"\b(?:ngen|supercluster|supergrappe|grappe|cluster(?:'s)?)\b")
_PAYS = re.compile(
    r"\b(?:ngen|supercluster|supergrappe|cluster)\b.{0,20}\b(?:contribut|fund|invest|grant|award|share|vers|"
    r"accord)\w*\W*(?:\w+\W+){0,2}$"
)
_AFTER_TOTAL = re.compile(
    r"^\s*(?:cad\s|dollars\s)?(?:in total|total|overall|project\b|(?:\w+[ -]){0,3}project\b|budget|au total|de budget)"
)
_AFTER_CLUSTER = re.compile(
    r"^\s*(?:cad\s)?(?:(?:from|by|contributed by|provided by|de|of|par|verse par)\s)?(?:the\s|la\s)?"
    r"(?:ngen|supercluster|cluster|supergrappe)"
)
_NOT_A_SUM = re.compile(
    r"\b(?:up to|maximum|max|minimum|at least|between|jusqu'a|entre|less than|more than|moins de|plus de|"
    r"per (?:project|unit|year|firm)|each|over)\s*(?:of\s|de\s)?$"
)
_PLACE_LABEL = re.compile(
    r"^(?:project |plant |site |work |delivery |primary |main )?(?:location|place|site|city|plant|facility|town|"
    r"lieu(?: du projet| des travaux| de livraison)?|emplacement|ville|endroit|"
    r"localisation|site du projet|deliver(?:y)? to|ship to|delivery (?:location|address|point)|where|"
    r"ou)(?: of (?:work|project|the work))?$"
)
_NAME = r"[A-ZÀ-Ý][\w.'’-]+(?:[ -](?:[A-ZÀ-Ý][\w.'’-]+|on|the|of|du|de|sur|la|le))*"
_PROVINCE = (
    r"Ontario|Ont\.?|ON|Qu[ée]bec|QC|Alberta|AB|British Columbia|BC|Manitoba|MB|Saskatchewan|SK|"
    r"Nova Scotia|NS|New Brunswick|NB|Nouveau-Brunswick"
)
_PLACE_PHRASE = re.compile(
    rf"\b(?:(?:based|located|situated|headquartered|plant|facility|factory|shop|site|operations?|line|built|hosted|"
    rf"installed|company)\s(?:is\s|will be\s)?(?:in|at)|(?:company|firm|manufacturer|maker|shop|entreprise|pme|"
    rf"fabricant)\s(?:of|from|de)|(?:situ[ée]{{1,2}}s?|établie?s?|basée?s?|implantée?s?|"
    rf"usine|installations?|atelier)\s(?:est\s)?à)\s"
    rf"(?P<city>{_NAME})(?:\s?[,(]\s?(?P<province>{_PROVINCE})\b)?"
)
_PLACE_NAMED = re.compile(
    rf"\b(?:in|at|near|à|from|of|de|to)\s(?P<city>{_NAME})(?:,\s|"
    rf"\s\()(?P<province>{_PROVINCE})\b"
)
_PLACE_ALONE = re.compile(rf"^(?P<city>{_NAME})\s?[,(]\s?(?P<province>{_PROVINCE})\)?(?:,? Canada)?$")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stated; None is not stated or not clear."""

    closes: str | None
    announced: str | None
    total_cad: float | None
    cluster_cad: float | None
    city: str | None
    province: str | None
    technologies: tuple[str, ...]
    notes: tuple[str, ...]


def find_facts(sections: Sequence[Section], need_quotes: Iterable[str], *, money: bool = True) -> Facts:
    """Facts of a brief.

    Args:
        sections: of the brief.
        need_quotes: texts that state needs: a date in one is when a part is due, not when the call closes.
        money: False leaves sums out, as in a call guide, where they are limits.
    """
    quotes = set(need_quotes)
    lines = list(_lines(sections, quotes))
    notes: list[str] = []
    closes = _closes([line for line in lines if line not in quotes], notes)
    total, cluster = _sums(lines, notes) if money else (None, None)
    city, province = _place(lines, notes)
    return Facts(closes, _announced(lines), total, cluster, city, province, _technologies(sections), tuple(notes))


def _lines(sections: Sequence[Section], quotes: Set[str]) -> Iterable[str]:
    """Sentences and table rows; a short line under "Deadline" is read with its heading."""
    for section in sections:
        if section.says.topic is Topic.CONTENTS:
            continue
        head = section.heading.text.rstrip(" :") if section.heading else ""
        if head and (find_dates(head) or find_money(head)):
            yield head
        for block in section.blocks:
            cells = [cell for cell in block.cells if cell]
            if block.kind is BlockKind.ROW:
                yield f"{cells[0].rstrip(' :')}: {'; '.join(cells[1:])}" if len(cells) > 1 else block.text
                continue
            for index, sentence in enumerate(sentences(block.text)):
                short = index == 0 and len(sentence.split()) <= 14 and is_label(sentence) is None
                led = short and head and len(head.split()) <= 6 and sentence not in quotes
                yield f"{head}: {sentence}" if led else sentence


def _clauses(line: str) -> list[str]:
    return [
        clause
        for clause in re.split(
            r"[;•·|]|\s–\s|,\s(?=(?:and )?(?:questions?|with|delivery|livraison|parts|prototypes?|installation|"
            r"start|debut|début|kick-?off|project|work)\b)",
            line,
        )
        if clause.strip()
    ]


def _closes(lines: Sequence[str], notes: list[str]) -> str | None:
    """The closing date, from the clearest words that name one."""
    ranks: list[list[str]] = [[], [], []]
    unclear: list[str] = []
    for line in lines:
        for clause in _clauses(line):
            plain = fold(clause)
            patterns = (_CLOSE, _ANSWER, _WEAK_CLOSE)
            rank = next((i for i, pattern in enumerate(patterns) if pattern.search(plain)), None)
            if rank is None or (_OTHER_DATE.search(plain) and not (rank == 0 and re.match(r"\s*clos", plain))):
                continue
            mark = patterns[rank].search(plain)
            assert mark is not None
            date = _nearest(find_dates(clause), mark.end() if rank != 1 else mark.end() - 1)
            if date and date.value:
                ranks[rank].append(date.value)
            elif date:
                unclear.append(f"closing date {date.words!r} left out: it {date.why}")
            elif rank < 2 and (words := relative_date(clause)):
                unclear.append(f"closing date {words!r} left out: it is relative to a day that is not stated")
    for found in ranks:
        values = list(dict.fromkeys(found))
        if len(values) == 1:
            return values[0]
        if values:
            notes.append(f"closing date left out: the brief names {' and '.join(sorted(values))}")
            return None
    notes += list(dict.fromkeys(unclear))[:2]
    return None


def _nearest(dates: Sequence[FoundDate], at: int) -> FoundDate | None:
    """The first date after the words, else the last one before them."""
    after = [date for date in dates if date.start >= at - 1]
    return after[0] if after else dates[-1] if dates else None


def _announced(lines: Sequence[str]) -> str | None:
    values = []
    for line in (clause for whole in lines for clause in re.split(r"[·•|]", whole)):
        told = _ANNOUNCED_ON.search(fold(line))
        if told and (date := _nearest(find_dates(line), told.end())) and date.value and date.start - told.end() <= 3:
            values.append(date.value)
            continue
        mark = _ANNOUNCED.match(fold(line).strip())
        dates = find_dates(line) if mark else []
        if (
            mark
            and dates
            and dates[0].value
            and not re.search(r"[a-z]", fold(line).strip()[mark.end() : dates[0].start])
        ):
            values.append(dates[0].value)
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else None


def _sums(lines: Sequence[str], notes: list[str]) -> tuple[float | None, float | None]:
    totals: list[float] = []
    weak_totals: list[float] = []
    clusters: list[float] = []
    for line in lines:
        plain = fold(line)
        label = is_label(line)
        if label and re.fullmatch(r"[\d ,.]{5,}", label[1]) and (kind := _kind_of_sum(fold(label[0]), "")):
            (clusters if kind == "cluster" else totals).append(amount(label[1].strip()))
        found = find_money(line)
        for index, money in enumerate(found):
            start = found[index - 1].end if index else 0
            end = found[index + 1].start if index + 1 < len(found) else len(plain)
            before, after = plain[start : money.start], re.split(r"[,;.]", plain[money.end : end])[0]
            kind = _kind_of_sum(before, after)
            if kind is None:
                continue
            ranged = re.match(r"\s*(?:-|–|to|a|et|and)\s*$", plain[money.end : end]) or (
                index and re.match(r"^\s*(?:-|–|to|a|et|and)\s*$", before)
            )
            if money.cad is None:
                notes.append(f"amount {money.words!r} left out: it is not in Canadian dollars")
            elif ranged or _NOT_A_SUM.search(before.rstrip() + " ") or _NOT_A_SUM.search(before):
                notes.append(f"amount {money.words!r} left out: it is a limit or a range")
            else:
                sure = re.search(r"\b(?:total\w*|overall|project)\b", before + after)
                (clusters if kind == "cluster" else totals if sure else weak_totals).append(money.cad)
    # "Budget: equipment $250,000 … total $730,000": the parts are no totals.
    return _one(totals or weak_totals, "total", notes), _one(clusters, "cluster", notes)


def _kind_of_sum(before: str, after: str) -> str | None:
    if _AFTER_CLUSTER.match(after):
        return "cluster"
    if _AFTER_TOTAL.match(after) and not _PAYS.search(before):
        return "total"
    cluster = [mark.start() for mark in _CLUSTER.finditer(before)]
    total = [mark.start() for mark in _TOTAL.finditer(before)]
    if cluster and (
        not total
        or cluster[-1] > total[-1]
        or re.search(r"(?:contribution|funding|financement|share|part)", before[total[-1] :])
    ):
        return "cluster"
    return "total" if total else None


def _one(values: Sequence[float], name: str, notes: list[str]) -> float | None:
    distinct = list(dict.fromkeys(values))
    if len(distinct) > 1:
        notes.append(
            f"{name} amount left out: the brief names {' and '.join(f'{value:,.0f}' for value in distinct[:4])}"
        )
    return distinct[0] if len(distinct) == 1 else None


def parse_place(text: str) -> tuple[str | None, str | None]:
    """City and province of "123 Main St, Milton, ON L9T 1A1" or "Trois-Rivières (Québec)"; None where not stated.

    Example:
        >>> parse_place("Oakville, ON"), parse_place("Milton (Ontario)"), parse_place("remote")
        (('Oakville', 'ON'), ('Milton', 'ON'), (None, None))
    """
    text = re.sub(r"\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b", "", text.replace("(", ",").replace(")", ","))
    text = re.sub(r",?\s*\bCanada\b", "", text).split(";")[0].rstrip(" .")
    parts = [part.strip(" .") for part in text.split(",") if part.strip(" .")]
    for index, part in enumerate(parts):
        code = province_code(part)
        # "Quebec" alone may be the city; after another name it is the province.
        if code and index:
            return parts[index - 1], code
    for part in parts:
        tail = re.match(rf"^(?P<city>.+?)\s+(?P<province>{_PROVINCE})$", part)
        if tail and (code := province_code(tail["province"].rstrip("."))):
            return tail["city"], code
        place = find_place(part) if len(part.split()) <= 4 else None
        if place and place.lat is not None:
            return part, place.province
    return None, None


def _place(lines: Sequence[str], notes: list[str]) -> tuple[str | None, str | None]:
    """The place: labelled, else told in a sentence; two different ones are left out."""
    labelled: list[tuple[str, str | None]] = []
    told: list[tuple[str, str | None]] = []
    for line in (part.strip(" *") for whole in lines for part in re.split(r"[·•|]", whole)):
        label = is_label(line)
        if label and _PLACE_LABEL.match(fold(label[0])):
            city, province = parse_place(label[1])
            labelled += [(city, province)] if city else []
        else:
            told += _places_told(line)
    for found in (labelled, told):
        distinct = list(dict.fromkeys((fold(city), province) for city, province in found))
        if len(distinct) == 1:
            return found[0]
        if distinct:
            notes.append(f"place left out: the brief names {' and '.join(city for city, _ in found[:3])}")
            return None, None
    return None, None


def _places_told(line: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    if alone := _PLACE_ALONE.match(line.strip(" .")):
        city, province = parse_place(f"{alone['city']}, {alone['province']}")
        found += [(city, province)] if city and find_place(city, province) else []
    for mark in [*_PLACE_PHRASE.finditer(line), *_PLACE_NAMED.finditer(line)]:
        city = mark["city"].rstrip(" .")
        place = find_place(city, mark["province"])
        if place and (mark["province"] or place.lat is not None):
            found.append((city, province_code(mark["province"]) or place.province))
    return found


def _technologies(sections: Sequence[Section]) -> tuple[str, ...]:
    found: list[str] = []
    for section in sections:
        for block in section.blocks:
            label = is_label(block.text) if block.kind is not BlockKind.ROW else None
            if label and heading_of(label[0]).topic is Topic.TECHNOLOGIES:
                found += _terms(label[1])
            elif section.says.topic is Topic.TECHNOLOGIES and block.kind is BlockKind.ITEM:
                found += [block.text.split(": ")[0].split(" – ")[0]] if len(block.text.split()) <= 12 else []
            elif section.says.topic is Topic.TECHNOLOGIES and block.kind is BlockKind.TEXT:
                found += _terms(block.text)
        for row in (block for block in section.blocks if block.kind is BlockKind.ROW and len(block.cells) == 2):
            if heading_of(row.cells[0]).topic is Topic.TECHNOLOGIES:
                found += _terms(row.cells[1])
    terms = [term.strip(" .;:•-") for term in found]
    return tuple(dict.fromkeys(term for term in terms if 2 <= len(term) <= 80))[:MAX_TECHNOLOGIES]


def _terms(text: str) -> list[str]:
    """Terms of a line: parted by semicolons, bars or bullets, else by commas."""
    if re.search(r"[;|•·]", text):
        return [term for term in re.split(r"\s*(?:[;|•·]|,(?=\s))\s*", text) if len(term.split()) <= 8]
    return [term for term in split_list(text.rstrip(".")) if len(term.split()) <= 8] if len(text.split()) <= 60 else []
