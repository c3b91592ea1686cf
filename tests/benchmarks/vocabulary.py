"""Prints how well concepts are found in passages of our own firms: precision and recall against a reader's labels.

The labels lie in ``tests/data/labelled_passages.tsv``; ``tests/support/labelled_passages.py`` says what is right and
what is found. "Of what the passage names" counts as right also a concept that the passage names in its true meaning
without saying that the firm makes, does, uses or holds it, such as the industry of its customers. Intervals are
Wilson's at 95 %; pairs of one passage hang together, so the true ones are a little wider.

``--draw`` prints passages to label instead, as rows of that table without labels.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from labelled_passages import (  # noqa: E402 - lies in tests/support
    LABELLED,
    Agreement,
    LabelledPassage,
    Tally,
    agreement,
    directory_firms,
    draw,
    read_labelled,
    wilson,
)

from matcher.capabilities import ConceptFinder, open_vocabulary  # noqa: E402

COLUMNS = ("firm_id", "statement_id", "start", "end", "quote", "concepts", "named")


def print_drawn(n: int, seed: int) -> None:
    """Rows to label."""
    print("\t".join(COLUMNS))
    for firm, passage in draw(directory_firms(), n, seed):
        quote = passage.text
        if {"\t", "\n", "\r"} & set(quote):
            raise SystemExit(f"a passage of {firm.id!r} holds a tab or line end, which the table cannot: mend its text")
        print("\t".join((firm.id, passage.statement_id, str(passage.start), str(passage.end), quote, "", "")))


def share(n_right: int, n: int) -> str:
    """A share with its interval and counts."""
    low, high = wilson(n_right, n)
    value = f"{n_right / n:6.1%}" if n else "     -"
    return f"{value} ({low:4.0%} to {high:4.0%}) {f'{n_right}/{n}':>9}"


def print_row(name: str, tally: Tally) -> None:
    """Precision and recall of one tally."""
    print(f"{name:16}{share(tally.n_right, tally.n_found)}   {share(tally.n_labels_found, tally.n_labels)}")


def print_agreement(title: str, passages: Sequence[LabelledPassage], result: Agreement) -> None:
    """One table: all, then by kind."""
    print(f"\n{title}: {len(passages)} passages, {sum(not p.labels for p in passages)} of them without a label")
    print(f"{'kind':16}{'precision':33}   recall")
    print_row("all", result.total)
    for kind in sorted(result.by_kind):
        print_row(f"  {kind}", result.by_kind[kind])
    total = result.total
    print(f"precision of what the passage names: {share(total.n_right + total.n_named, total.n_found)}")


def print_differences(result: Agreement) -> None:
    """Each pair that differs, with the passage."""
    for title, pairs in (("found, not labelled", result.wrong), ("labelled, not found", result.missed)):
        print(f"\n{title}: {len(pairs)}")
        for passage, concept in pairs:
            only_named = "  (named)" if concept in passage.named else ""
            print(f"  {concept}{only_named}\n      {passage.firm_id}: {passage.quote}")


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draw", type=int, metavar="N", help="print N passages to label, and stop")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--labels", type=Path, default=LABELLED, help="table of labelled passages")
    parser.add_argument("--vocabulary", type=Path, default=ROOT / "data" / "capabilities", help="folder of tables")
    parser.add_argument("--half", choices=("both", "even", "odd"), default="both", help="rows from 1, in table order")
    parser.add_argument("--misses", action="store_true", help="list what differs, of the half asked for")
    arguments = parser.parse_args()
    if arguments.draw is not None:
        print_drawn(arguments.draw, arguments.seed)
        return
    finder = ConceptFinder(open_vocabulary(arguments.vocabulary))
    rows = read_labelled(arguments.labels)
    halves = {"both": rows, "even": rows[1::2], "odd": rows[0::2]}
    for name in halves if arguments.half == "both" else (arguments.half,):
        print_agreement(f"{name} rows" if name != "both" else "all rows", halves[name], agreement(halves[name], finder))
    if arguments.misses:
        print_differences(agreement(halves[arguments.half], finder))


if __name__ == "__main__":
    main()
