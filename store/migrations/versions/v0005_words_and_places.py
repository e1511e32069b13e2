"""Words of file names, folders and tags to be searched, and the towns that photographs are in.

The word tables are FTS5 with external content: they keep no text, only an index, and triggers keep
them right whoever writes. A later migration that makes ``files`` or ``tags`` anew (Alembic's batch
mode) drops the triggers with the old table and must make them again. PostgreSQL's are in
``store.migrations.text_search``.
"""

import sqlalchemy as sa
from alembic import op

from store.engines.spelling import WIDE, where_known
from store.migrations import text_search
from store.places import place_contents

# ruff: noqa: S608 - what is put into the statements are the constants below

revision = "0005"
down_revision = "0004"

# SQLite has no "last index of": trimming everything but the separator from the end leaves what is
# before it.
FOLDER = "rtrim(path, replace(path, '/', ''))"
STEM = (
    "CASE WHEN instr(substr(name, 2), '.') = 0 THEN name "
    "ELSE substr(name, 1, length(rtrim(name, replace(name, '.', ''))) - 1) END"
)
FILE_NAMES = f"""
CREATE VIEW file_names AS
SELECT id, {STEM} AS name, folder FROM (
    SELECT id, substr(path, length(folder) + 1) AS name, folder FROM (
        SELECT id, path, {FOLDER} AS folder FROM (SELECT id, CAST(path AS TEXT) AS path FROM files)
    )
)
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        text_search.upgrade(op.get_bind())
    else:
        op.execute(FILE_NAMES)
        _words("file_words", "file_names", "files", ("name", "folder"), "path")
        _words("tag_words", "tags", "tags", ("label",), "label")
    op.create_table(
        "cities",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("country_code", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cities"),
    )
    op.create_table(
        "places",
        sa.Column("content_id", WIDE, nullable=False),
        sa.Column("city_id", WIDE, nullable=False),
        sa.Column("nearest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"], ["contents.id"], name="fk_places_content_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name="fk_places_city_id"),
        sa.PrimaryKeyConstraint("content_id", "city_id", name="pk_places"),
    )
    op.create_index("ix_places_city_id", "places", ["city_id"])
    for column in ("camera", "lens", "latitude"):
        op.create_index(f"ix_contents_{column}", "contents", [column], **where_known(column))
    op.create_index("ix_files_mtime_ns", "files", ["mtime_ns"])
    place_contents(op.get_bind())


def _words(table: str, source: str, owner: str, columns: tuple[str, ...], changing: str) -> None:
    names = ", ".join(columns)
    op.execute(
        f"CREATE VIRTUAL TABLE {table} USING fts5({names}, content='{source}', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 2')"
    )
    put = f"INSERT INTO {table}(rowid, {names}) SELECT id, {names} FROM {source} WHERE id = new.id"
    drop = (
        f"INSERT INTO {table}({table}, rowid, {names}) "
        f"SELECT 'delete', id, {names} FROM {source} WHERE id = old.id"
    )
    changed = f"UPDATE OF {changing} ON {owner} WHEN old.{changing} <> new.{changing}"
    for name, when, statement in (
        ("inserted", f"AFTER INSERT ON {owner}", put),
        ("deleted", f"BEFORE DELETE ON {owner}", drop),
        ("changing", f"BEFORE {changed}", drop),
        ("changed", f"AFTER {changed}", put),
    ):
        op.execute(f"CREATE TRIGGER {table}_{name} {when} BEGIN {statement}; END")
    op.execute(f"INSERT INTO {table}({table}) VALUES ('rebuild')")
