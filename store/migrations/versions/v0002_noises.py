"""The noise of a space, by which hits are judged."""

import sqlalchemy as sa
from alembic import op

from store.engines.spelling import WIDE

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "noises",
        sa.Column("space_id", WIDE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("photos", WIDE, nullable=False),
        sa.Column("mean", sa.LargeBinary(), nullable=False),
        sa.Column("center", sa.LargeBinary(), nullable=False),
        sa.Column("spread", sa.Double(), nullable=False),
        sa.Column("line", sa.Double(), nullable=False),
        sa.Column("growth", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name="fk_noises_space_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "kind", name="pk_noises"),
    )
