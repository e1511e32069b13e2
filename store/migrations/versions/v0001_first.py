"""The first format."""

import sqlalchemy as sa
from alembic import op

from store.engines.spelling import WIDE

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "contents",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", WIDE, nullable=True),
        sa.Column("height", WIDE, nullable=True),
        sa.Column("format", sa.String(), nullable=True),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("camera", sa.String(), nullable=True),
        sa.Column("lens", sa.String(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("perceptual_hash", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contents"),
        sa.UniqueConstraint("hash", name="uq_contents_hash"),
    )
    op.create_index("ix_contents_taken_at", "contents", ["taken_at"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "roots",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(), nullable=True),
        sa.Column("unreadable", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roots"),
        sa.UniqueConstraint("path", name="uq_roots_path"),
    )
    op.create_table(
        "spaces",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("dimension", WIDE, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spaces"),
        sa.UniqueConstraint("fingerprint", name="uq_spaces_fingerprint"),
    )
    op.create_table(
        "embeddings",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("space_id", WIDE, nullable=False),
        sa.Column("content_id", WIDE, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["content_id"], ["contents.id"], name="fk_embeddings_content_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_embeddings_space_id"),
        sa.PrimaryKeyConstraint("id", name="pk_embeddings"),
        sa.UniqueConstraint("space_id", "content_id", name="uq_embeddings_space_id_content_id"),
    )
    op.create_index("ix_embeddings_content_id", "embeddings", ["content_id"], unique=False)
    op.create_index(
        "ix_embeddings_space_id_change", "embeddings", ["space_id", "change"], unique=False
    )
    op.create_table(
        "files",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("root_id", WIDE, nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("content_id", WIDE, nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["content_id"], ["contents.id"], name="fk_files_content_id"),
        sa.ForeignKeyConstraint(["root_id"], ["roots.id"], name="fk_files_root_id"),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("root_id", "path", name="uq_files_root_id_path"),
    )
    op.create_index("ix_files_content_id", "files", ["content_id"], unique=False)
