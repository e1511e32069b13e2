"""Indexes that count the searchable and the missing without reading their rows."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("ix_embeddings_space_id_live", "embeddings", ["space_id", "live"])
    op.create_index(
        "ix_files_root_id_state_content_id", "files", ["root_id", "state", "content_id"]
    )
