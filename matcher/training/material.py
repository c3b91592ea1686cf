"""Everything open that an encoder may learn from, read from one folder, with what a test asks left out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from matcher.capabilities import Vocabulary, open_vocabulary
from matcher.errors import SourceError
from matcher.serving import data_folder
from matcher.training.development import Cut, Held, cut_all
from matcher.training.pairs import Pair, training_pairs
from matcher.training.profiles import TrainingFirm, read_ids, read_profiles
from matcher.training.taxonomy import Goods, Industry, read_goods, read_industries


@dataclass(frozen=True)
class Material:
    """Firms, tables and vocabulary to learn from, and the development collections cut out of them."""

    firms: list[TrainingFirm]
    industries: list[Industry]
    goods: list[Goods]
    vocabulary: Vocabulary
    cuts: list[Cut]
    held: Held
    test_codes: frozenset[str]

    def pairs(self, seed: int = 0) -> list[Pair]:
        """Pairs to learn from; another seed draws other offerings and passages of the same firms."""
        concepts = [(c.id, c.en, c.fr) for c in self.vocabulary.concepts.values()]
        return training_pairs(
            self.firms,
            self.industries,
            self.goods,
            self.held,
            test_codes=self.test_codes,
            concepts=concepts,
            seed=seed,
        )

    def bilingual_titles(self, *, without_development: bool = False) -> list[tuple[str, str]]:
        """(French, English) titles of goods and preferred labels of concepts."""
        hidden = self.held.titles if without_development else frozenset()
        goods = [row for row in self.goods if row.en.casefold() not in hidden and row.fr.casefold() not in hidden]
        titles = [(row.fr.casefold(), row.en.casefold()) for row in goods]
        return titles + [(c.fr[0], c.en[0]) for c in self.vocabulary.concepts.values()]


def read_material(folder: Path, *, seed: int = 0) -> Material:
    """Read a folder of open data.

    Args:
        folder: holds ``ccc_profiles/profiles.jsonl.gz`` and ``taxonomy/``; ``test_firms.txt``, ``test_codes.txt`` and
            ``cpv_fr_en/queries.jsonl``, where they are there, say what is left out.
        seed: of the development collections.

    Raises:
        SourceError: a file is missing or cannot be read.
    """
    profiles, tables = folder / "ccc_profiles" / "profiles.jsonl.gz", folder / "taxonomy"
    if not profiles.is_file():
        raise SourceError(
            f"no profiles in {str(folder)!r}: expected ccc_profiles/profiles.jsonl.gz and taxonomy/ in it; "
            "give the folder that holds them"
        )
    test_firms = _ids(folder / "test_firms.txt")
    codes = _ids(folder / "test_codes.txt")
    firms = read_profiles(profiles, without=test_firms)
    industries = read_industries(tables / "naics_canada_2017_en.csv", without=codes)
    goods = read_goods(tables / "cpv_2008_en_fr.csv", without=_titles(folder / "cpv_fr_en" / "queries.jsonl"))
    cuts, held = cut_all(firms, industries, goods, seed=seed)
    vocabulary = open_vocabulary(data_folder() / "capabilities")
    return Material(firms, industries, goods, vocabulary, cuts, held, codes)


def _ids(path: Path) -> frozenset[str]:
    return read_ids(path) if path.exists() else frozenset()


def _titles(path: Path) -> Iterable[str]:
    if not path.exists():
        return []
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
