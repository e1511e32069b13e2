"""Each content says at which change its paths or facts were last touched, for caches of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "contents", sa.Column("change", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_index("ix_contents_change", "contents", ["change"])
