"""Tables of the staff's own work: contacts, calls, introductions, opinions. Firms and projects stay in ``tables``."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from service.tables import UtcDateTime, metadata

# People at a firm, or at a project (its id in ``project_id``): exactly one of the two is set. Never in the index.
contacts = Table(
    "contacts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("firm_id", String(200), index=True),
    Column("project_id", String(200), index=True),
    Column("name", String(200), nullable=False),
    Column("role", String(200), nullable=False),
    Column("email", String(254), nullable=False, index=True),
    Column("telephone", String(60), nullable=False),
    Column("language", String(5), nullable=False),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# What staff decided about a firm as such. ``fit``: could, not, unsure.
firm_notes = Table(
    "firm_notes",
    metadata,
    Column("firm_id", String(200), primary_key=True),
    Column("fit", String(20)),
    Column("archived_at", UtcDateTime),
    Column("first_time", Boolean),
    Column("decided_by", String(100), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)

# Firms that were merged into another, so that it can be undone: the body is what the firm was.
merges = Table(
    "merges",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kept_id", String(200), nullable=False, index=True),
    Column("gone_id", String(200), nullable=False, index=True),
    Column("kept_before", Text, nullable=False),
    Column("gone_before", Text, nullable=False),
    Column("moved", Text, nullable=False),
    Column("merged_by", String(100), nullable=False),
    Column("merged_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
)

# Pairs that staff said are not the same firm: not asked again.
not_doubles = Table(
    "not_doubles",
    metadata,
    Column("firm_id", String(200), primary_key=True),
    Column("other_id", String(200), primary_key=True),
    Column("decided_by", String(100), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)

# One list a project and role, or (no project) the calls that would teach most.
call_lists = Table(
    "call_lists",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", String(200), index=True),
    Column("role", String(20)),
    Column("created_by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

# One call to make. ``result``: open, reached, call_back, no_answer; ``answer``: yes, no, or empty; ``why`` and ``asks``
# are JSON of what the list said when it was made, so that the page still says it later.
calls = Table(
    "calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("list_id", String(36), nullable=False, index=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("added_by_hand", Boolean, nullable=False),
    Column("band", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("asks", Text, nullable=False),
    Column("result", String(20), nullable=False),
    Column("answer", String(10)),
    Column("reason", String(40)),
    Column("note", Text, nullable=False),
    Column("call_back_on", String(10)),
    Column("done_by", String(100)),
    Column("done_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    UniqueConstraint("list_id", "firm_id"),
)

# proposed → firm_yes → both_yes → introduced → closed; closed early with a reason. Days are ISO dates.
introductions = Table(
    "introductions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", String(200), nullable=False, index=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("owner_id", String(36), nullable=False, index=True),
    Column("firm_answer", String(10)),
    Column("firm_source", String(200), nullable=False),
    Column("firm_answered_at", UtcDateTime),
    Column("project_answer", String(10)),
    Column("project_source", String(200), nullable=False),
    Column("project_answered_at", UtcDateTime),
    # The firm agreed to be named to outsiders for this project.
    Column("may_be_named", Boolean, nullable=False),
    Column("introduced_at", UtcDateTime),
    # meeting, quote, order, nothing; ``value_range`` only with an order, or "not said".
    Column("outcome", String(20)),
    Column("outcome_at", UtcDateTime),
    Column("value_range", String(20)),
    Column("reason", String(40)),
    Column("note", Text, nullable=False),
    Column("answer_by", String(10)),
    Column("version", Integer, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
Index("introductions_open", introductions.c.firm_id, introductions.c.project_id, introductions.c.role, unique=True)

# Every step of an introduction: what the reports count.
introduction_steps = Table(
    "introduction_steps",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("introduction_id", String(36), nullable=False, index=True),
    Column("step", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("details", Text, nullable=False),
)

# "Do not put these two together": seen by staff only.
kept_apart = Table(
    "kept_apart",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("project_id", String(200), nullable=False, index=True),
    Column("note", Text, nullable=False),
    Column("decided_by", String(100), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)

# An opinion on one match, with what was shown; ``verdict``: right, wrong_capability, wrong_role, not_available.
opinions = Table(
    "opinions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", String(200), nullable=False, index=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("user_id", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("band", String(20), nullable=False),
    Column("rank", Integer),
    Column("score", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("snapshot", String(100), nullable=False),
    Column("shown", Text, nullable=False),
    Column("undone_at", UtcDateTime),
)

# "Add to the list anyway": shown with the ranked firms, without moving any score.
hand_picked = Table(
    "hand_picked",
    metadata,
    Column("project_id", String(200), primary_key=True),
    Column("firm_id", String(200), primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("picked_by", String(100), nullable=False),
    Column("picked_at", UtcDateTime, nullable=False),
)

# How often a firm stood on a list that staff made or sent.
shown = Table(
    "shown",
    metadata,
    Column("firm_id", String(200), primary_key=True),
    Column("project_id", String(200), primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

# When a project's brief came in, and by whom: the beginning of "days from brief to first member told".
briefs = Table(
    "briefs",
    metadata,
    Column("project_id", String(200), primary_key=True),
    Column("filename", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("n_pages", Integer),
    # JSON: page and quote of each need that was written, and notes of the reader.
    Column("reading", Text, nullable=False),
    Column("read_by", String(100), nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

# The short note of a project that outsiders may read, as staff approved it.
release_notes = Table(
    "release_notes",
    metadata,
    Column("project_id", String(200), primary_key=True),
    Column("note", Text, nullable=False),
    Column("approved_by", String(100), nullable=False),
    Column("approved_at", UtcDateTime, nullable=False),
)

# What an import changed, so that it can be undone: the record before (null: it was new), its version after, and what
# the source had said of it until then. A row without a version: the record stayed as it was.
import_undo = Table(
    "import_undo",
    metadata,
    Column("job_id", String(36), primary_key=True),
    Column("record_id", String(200), primary_key=True, index=True),
    Column("version", Integer),
    Column("before", Text),
    Column("base_before", Text),
    Column("base_job", String(36)),
)
