"""A report of the scorer as tables of text and as pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from matcher.encoding import Encoder
from matcher.evaluation.collections import Collection
from matcher.training.intervals import Estimate
from matcher.training.lengths import COMPARED, LengthRow, length_rows
from matcher.training.report import (
    CurvePoint,
    Reliability,
    Removal,
    learning_curve,
    reliabilities,
    removals,
    without_usual_needs,
)
from matcher.training.samples import graded_samples
from matcher.training.scorer import fit_all
from matcher.types import Need


@dataclass(frozen=True)
class Sheet:
    """A table of text: what it shows, its columns, its rows, what a reader must know."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str

    def markdown(self) -> str:
        """The table in Markdown, its columns of one width."""
        table = [self.columns, *self.rows]
        widths = [max(3, *(len(row[i]) for row in table)) for i in range(len(self.columns))]
        lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in table]
        lines.insert(1, "| " + " | ".join("-" * w for w in widths) + " |")
        return "\n".join([f"**{self.title}**", "", *lines, "", self.note])


def _with_interval(found: Estimate, digits: int = 3) -> str:
    return f"{found.value:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def _signed(found: Estimate | None) -> str:
    if found is None:
        return "–"
    return f"{found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f})"


def _name_of(head: str, grades: str) -> str:
    return f"{head}, {grades.split(',')[0]}"


def quality_sheet(rows: Mapping[tuple[str, str], Mapping[str, float]]) -> Sheet:
    """What every head gives out of fold, of :func:`matcher.training.scorer.fit_all`."""
    return Sheet(
        "Out of fold",
        (
            "head, grades",
            "nDCG@10 (95 %)",
            "judged firms only",
            "judged@10",
            "wrong, 1 apart",
            "2 and more",
            "Brier (base rate)",
            "ECE (by chance)",
        ),
        tuple(
            (
                _name_of(head, grades),
                _with_interval(Estimate(row["nDCG@10"], row["nDCG@10_low"], row["nDCG@10_high"])),
                f"{row['nDCG@10_judged']:.3f}",
                f"{row['judged@10']:.2f}",
                f"{row['wrong_1']:.1%}",
                f"{row['wrong_2']:.1%}",
                f"{row['brier']:.3f} ({row['brier_base_rate']:.3f})",
                f"{row['ece']:.3f} ({row['ece_by_chance']:.3f})",
            )
            for (head, grades), row in rows.items()
        ),
        "Each project by weights that saw no project of its family.",
    )


# The chamber's own question is Halton's; of stated needs, only these are asked there.
REMOVAL_COLUMNS = (
    ("partner", "pooled"),
    ("partner", "Halton"),
    ("supplier", "pooled"),
    ("supplier", "Halton"),
    ("stated", "Halton, stated"),
)


def removal_sheet(rows: Sequence[Removal]) -> Sheet:
    """nDCG@10 without each part."""

    def cell(row: Removal, key: tuple[str, str]) -> str:
        if key not in row.ndcg:
            return "–"
        change = row.change.get(key)
        return f"{row.ndcg[key]:.3f}" + (f" ({change.low:+.3f} to {change.high:+.3f})" if change else "")

    return Sheet(
        "Without a part",
        ("without", *(_name_of(*key) for key in REMOVAL_COLUMNS)),
        tuple((row.name, *(cell(row, key) for key in REMOVAL_COLUMNS)) for row in rows),
        "nDCG@10 of weights refitted without it; in brackets, 95 % of the change from all. –: no such part.",
    )


def curve_sheets(points: Sequence[CurvePoint]) -> list[Sheet]:
    """nDCG@10 and log loss by the number of families that a head was fitted on."""
    sizes = sorted({point.n_families for point in points})
    by_place = {(p.head, p.grades, p.n_families): p for p in points}
    names = list(dict.fromkeys((p.head, p.grades) for p in points))
    most = {name: max(p.n_families for p in points if (p.head, p.grades) == name) for name in names}

    def cell(name: tuple[str, str], size: int, *, loss: bool) -> str:
        point = by_place.get((*name, size))
        if point is None:
            return "–"
        value, change = (point.log_loss, point.log_loss_change) if loss else (point.ndcg, point.ndcg_change)
        if size == most[name]:
            return _with_interval(value)
        return f"{value.value:.3f} ({change.low:+.3f} to {change.high:+.3f})"

    def sheet(title: str, *, loss: bool) -> Sheet:
        return Sheet(
            title,
            ("head, grades", *(f"{size} families" for size in sizes)),
            tuple((_name_of(*name), *(cell(name, size, loss=loss) for size in sizes)) for name in names),
            "Projects of a family that was held out. In brackets, 95 % of the change from all that are left; in the "
            "last column, of the figure itself.",
        )

    return [sheet("nDCG@10 by families fitted on", loss=False), sheet("Log loss by families fitted on", loss=True)]


def chance_sheet(found: Sequence[Reliability]) -> Sheet:
    """How true the chances are, a row a head and set of grades."""
    return Sheet(
        "Chances",
        ("head, grades", "Brier (95 %)", "base rate", "lower by (95 %)", "ECE (95 %)", "ECE by chance (95 % under)"),
        tuple(
            (
                _name_of(row.head, row.grades),
                _with_interval(row.brier),
                f"{row.brier_base_rate:.3f}",
                _with_interval(row.brier_gain),
                _with_interval(row.error),
                f"{row.error_by_chance:.3f} ({row.error_by_chance_high:.3f})",
            )
            for row in found
        ),
        "ECE is never below 0 and grows when projects are drawn again, so its interval lies high.",
    )


def bin_sheet(found: Sequence[Reliability]) -> Sheet:
    """Predicted and observed shares of grade 2 and more, by chance."""
    limits = sorted({(part.low, part.high) for row in found for part in row.bins})

    def cell(row: Reliability, low: float) -> str:
        part = next((part for part in row.bins if part.low == low), None)
        if part is None:
            return "–"
        share = part.observed
        return f"{part.predicted:.2f}: {share.value:.2f} ({share.low:.2f} to {share.high:.2f}) of {part.n_pairs}"

    return Sheet(
        "Chance and share of grade 2 and more",
        ("chance", *(_name_of(row.head, row.grades) for row in found)),
        tuple((f"{low:.2f} to {high:.2f}", *(cell(row, low) for row in found)) for low, high in limits),
        "Mean chance: share (95 %) of pairs. Intervals take pairs as independent; those of one project are not, so "
        "they are too narrow.",
    )


_COMPARED = ("ours", "BM25", "ours, graded", "BM25, graded", "grades", "ours, grade 0", "BM25, grade 0")


def length_sheet(rows: Sequence[LengthRow]) -> Sheet:
    """Correlation of place and profile length."""
    return Sheet(
        "Place and length of profile",
        ("head, grades", *_COMPARED),
        tuple((_name_of(row.head, row.grades), *(_signed(row.correlation[name]) for name in COMPARED)) for row in rows),
        "Spearman's correlation with the words of a profile, mean over projects; above 0, long profiles stand higher.",
    )


_SIDE, _EDGE = 320, 48


def reliability_picture(found: Reliability) -> str:
    """An SVG of predicted against observed shares, with intervals; the line is where both are equal."""

    def x(share: float) -> str:
        return f"{_EDGE + share * _SIDE:.1f}"

    def y(share: float) -> str:
        return f"{_EDGE + (1 - share) * _SIDE:.1f}"

    title = escape(_name_of(found.head, found.grades))
    middle = _EDGE + _SIDE / 2
    size = _SIDE + 2 * _EDGE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        'role="img" font-family="sans-serif" font-size="11">',
        f"<title>{title}: chance and share of grade 2 and more</title>",
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<text x="{_EDGE}" y="{_EDGE - 16}">{title}</text>',
        f'<text x="{middle}" y="{size - 12}" text-anchor="middle">mean chance</text>',
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">share of grade 2 and more</text>',
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        lines.append(f'<text x="{x(tick)}" y="{size - _EDGE + 16}" text-anchor="middle">{tick:.1f}</text>')
        lines.append(f'<text x="{_EDGE - 8}" y="{y(tick)}" text-anchor="end" dy="4">{tick:.1f}</text>')
    for part in found.bins:
        at, share = x(part.predicted), part.observed
        lines.append(f'<line x1="{at}" y1="{y(share.low)}" x2="{at}" y2="{y(share.high)}" stroke="#246"/>')
        lines.append(
            f'<circle cx="{at}" cy="{y(share.value)}" r="4" fill="#246"><title>{part.n_pairs} pairs</title></circle>'
        )
    return "\n".join([*lines, "</svg>", ""])


def full_report(
    pooled: Collection,
    region: Collection,
    needs: Mapping[str, Sequence[Need]],
    encoder: Encoder,
    *,
    other: Encoder | None = None,
    n_draws: int = 20,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[list[Sheet], dict[str, str]]:
    """All tables, and pictures by the names of their files.

    Args:
        pooled: grades of the pool of all firms.
        region: complete grades of the firms of one region.
        needs: stated needs by project id.
        encoder: of the shipped configuration.
        other: encoder to compare with.
        n_draws: draws of each number of families.
        seed: of these draws.
        progress: called with (done, total, next step).
    """
    tell = progress or (lambda _done, _total, _step: None)
    tell(0, 5, "features")
    samples = graded_samples(pooled, region, encoder, needs)
    texts_alone = graded_samples(without_usual_needs(pooled), without_usual_needs(region), encoder)
    others = {"guesses of the vocabulary": texts_alone}
    if other:
        others[f"training of the encoder ({other.id})"] = graded_samples(pooled, region, other, needs)
    tell(1, 5, "parts removed")
    sheets = [quality_sheet(fit_all(samples)[1]), removal_sheet(removals(samples, others))]
    tell(2, 5, "fewer families")
    sheets += curve_sheets(learning_curve(samples, n_draws=n_draws, seed=seed))
    tell(3, 5, "chances")
    found = reliabilities(samples)
    sheets += [chance_sheet(found), bin_sheet(found)]
    tell(4, 5, "lengths of profiles")
    sheets.append(length_sheet(length_rows(samples, {"pooled": pooled, "Halton": region})))
    pictures = {
        f"reliability-{_name_of(row.head, row.grades).replace(', ', '-').lower()}.svg": reliability_picture(row)
        for row in found
    }
    return sheets, pictures
