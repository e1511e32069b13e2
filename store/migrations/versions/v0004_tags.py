"""Tags of photographs, and saved searches."""

import sqlalchemy as sa
from alembic import op

from store.engines.spelling import WIDE

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("content_id", WIDE, nullable=False),
        sa.Column("label", sa.String(collation="NOCASE"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["content_id"], ["contents.id"], name="fk_tags_content_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint(
            "content_id", "label", "source", name="uq_tags_content_id_label_source"
        ),
    )
    op.create_index("ix_tags_label", "tags", ["label"], unique=False)
    op.create_table(
        "saved_searches",
        sa.Column("name", sa.String(collation="NOCASE"), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_saved_searches"),
    )
