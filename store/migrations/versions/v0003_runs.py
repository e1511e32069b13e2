"""What runs did, why a root is offline, and quick counts of what cannot be searched."""

import sqlalchemy as sa
from alembic import op

from store.engines.spelling import WIDE, where_known

revision = "0003"
down_revision = "0002"

UNSAID = "its drive was not there"


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.add_column("roots", sa.Column("offline_reason", sa.String(), nullable=True))
    _reasons_of_their_own()
    for table in ("contents", "files"):
        op.create_index(f"ix_{table}_failure", table, ["failure"], **where_known("failure"))


def _reasons_of_their_own() -> None:
    """Until now an offline root's reason stood among what could not be read, and counted there."""
    roots = sa.table(
        "roots", sa.column("state"), sa.column("offline_reason"), sa.column("unreadable", sa.JSON)
    )
    offline = sa.update(roots).where(roots.c.state == "offline")
    op.execute(offline.values(offline_reason=UNSAID, unreadable={}))
