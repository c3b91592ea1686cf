"""Opportunity lists: why we may write to whom, lists and answers, letters that wait, and feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("firm_id", sa.String(length=200), nullable=True),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("obtained", sa.String(length=10), nullable=False),
        sa.Column("expires", sa.String(length=10), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_how", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_consents_contact_id"), "consents", ["contact_id"], unique=False)
    op.create_index(op.f("ix_consents_email"), "consents", ["email"], unique=False)
    op.create_index(op.f("ix_consents_expires"), "consents", ["expires"], unique=False)
    op.create_index(op.f("ix_consents_firm_id"), "consents", ["firm_id"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("firm_id", sa.String(length=200), nullable=True),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(op.f("ix_feeds_contact_id"), "feeds", ["contact_id"], unique=False)
    op.create_index(op.f("ix_feeds_firm_id"), "feeds", ["firm_id"], unique=False)
    op.create_index(op.f("ix_feeds_user_id"), "feeds", ["user_id"], unique=False)
    op.create_table(
        "firm_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("firm_id", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("done_by", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_firm_requests_contact_id"), "firm_requests", ["contact_id"], unique=False)
    op.create_index(op.f("ix_firm_requests_firm_id"), "firm_requests", ["firm_id"], unique=False)
    op.create_table(
        "firm_visits",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("firm_id", sa.String(length=200), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_firm_visits_contact_id"), "firm_visits", ["contact_id"], unique=False)
    op.create_index(op.f("ix_firm_visits_expires_at"), "firm_visits", ["expires_at"], unique=False)
    op.create_index(op.f("ix_firm_visits_firm_id"), "firm_visits", ["firm_id"], unique=False)
    op.create_table(
        "link_refs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("firm_id", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=True),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("introduction_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_link_refs_contact_id"), "link_refs", ["contact_id"], unique=False)
    op.create_index(op.f("ix_link_refs_firm_id"), "link_refs", ["firm_id"], unique=False)
    op.create_index(op.f("ix_link_refs_introduction_id"), "link_refs", ["introduction_id"], unique=False)
    op.create_index(op.f("ix_link_refs_list_id"), "link_refs", ["list_id"], unique=False)
    op.create_index(op.f("ix_link_refs_request_id"), "link_refs", ["request_id"], unique=False)
    op.create_table(
        "list_items",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.Column("firm_id", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("news", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("band", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_list_items_contact_id"), "list_items", ["contact_id"], unique=False)
    op.create_index(op.f("ix_list_items_firm_id"), "list_items", ["firm_id"], unique=False)
    op.create_index(op.f("ix_list_items_list_id"), "list_items", ["list_id"], unique=False)
    op.create_index(op.f("ix_list_items_project_id"), "list_items", ["project_id"], unique=False)
    op.create_table(
        "list_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("released_by", sa.String(length=100), nullable=True),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.Column("stopped_by", sa.String(length=100), nullable=True),
        sa.Column("stopped_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_list_runs_state"), "list_runs", ["state"], unique=False)
    op.create_table(
        "lists",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("firm_id", sa.String(length=200), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("left_out_because", sa.String(length=40), nullable=True),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("officer_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("sent_how", sa.String(length=20), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "period"),
    )
    op.create_index(op.f("ix_lists_contact_id"), "lists", ["contact_id"], unique=False)
    op.create_index(op.f("ix_lists_firm_id"), "lists", ["firm_id"], unique=False)
    op.create_index(op.f("ix_lists_run_id"), "lists", ["run_id"], unique=False)
    op.create_index(op.f("ix_lists_state"), "lists", ["state"], unique=False)
    op.create_table(
        "mail_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=False),
        sa.Column("most_items", sa.Integer(), nullable=False),
        sa.Column("releases_itself", sa.Boolean(), nullable=False),
        sa.Column("link_key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=True),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("introduction_id", sa.String(length=36), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.String(length=254), nullable=False),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("unsubscribe", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("consent_id", sa.String(length=36), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("sent_how", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_outbox_contact_id"), "outbox", ["contact_id"], unique=False)
    op.create_index(op.f("ix_outbox_email"), "outbox", ["email"], unique=False)
    op.create_index(op.f("ix_outbox_introduction_id"), "outbox", ["introduction_id"], unique=False)
    op.create_index(op.f("ix_outbox_list_id"), "outbox", ["list_id"], unique=False)
    op.create_index(op.f("ix_outbox_request_id"), "outbox", ["request_id"], unique=False)
    op.create_index("outbox_due", "outbox", ["state", "next_at"], unique=False)
    op.create_table(
        "promises",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=True),
        sa.Column("introduction_id", sa.String(length=36), nullable=True),
        sa.Column("firm_id", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=200), nullable=False),
        sa.Column("officer_id", sa.String(length=36), nullable=False),
        sa.Column("call_by", sa.String(length=10), nullable=False),
        sa.Column("kept_at", sa.DateTime(), nullable=True),
        sa.Column("kept_by", sa.String(length=100), nullable=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_promises_call_by"), "promises", ["call_by"], unique=False)
    op.create_index(op.f("ix_promises_contact_id"), "promises", ["contact_id"], unique=False)
    op.create_index(op.f("ix_promises_firm_id"), "promises", ["firm_id"], unique=False)
    op.create_index(op.f("ix_promises_introduction_id"), "promises", ["introduction_id"], unique=False)
    op.create_index(op.f("ix_promises_item_id"), "promises", ["item_id"], unique=False)
    op.create_index(op.f("ix_promises_officer_id"), "promises", ["officer_id"], unique=False)
    op.create_index(op.f("ix_promises_project_id"), "promises", ["project_id"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_requests_contact_id"), "requests", ["contact_id"], unique=False)
    op.create_index(op.f("ix_requests_email"), "requests", ["email"], unique=False)
    op.create_table(
        "stops",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(), nullable=False),
        sa.Column("stopped_by", sa.String(length=100), nullable=False),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_stops_email"), "stops", ["email"], unique=False)
    op.create_table(
        "wishes",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("firm_id", sa.String(length=200), nullable=False),
        sa.Column("rhythm", sa.String(length=20), nullable=False),
        sa.Column("paused_until", sa.String(length=10), nullable=True),
        sa.Column("quiet_days", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index(op.f("ix_wishes_firm_id"), "wishes", ["firm_id"], unique=False)
