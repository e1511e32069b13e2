"""The words of file names, folders and tags in PostgreSQL: text search vectors, kept by triggers.

A word is what SQLite's unicode61 takes for one: a run of letters and digits, in lower case, without
accents. Letters are told by ICU's rules, whatever the database's locale; no extension is needed.
"""

from sqlalchemy import Connection

WORDS = r"""
CREATE FUNCTION photoseek_words(given TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_remove(regexp_split_to_array(
        translate(normalize(regexp_replace(
            normalize(lower(given COLLATE "und-x-icu"), NFD), '[\u0300-\u036f]', '', 'g'
        ), NFC), 'ς', 'σ') COLLATE "und-x-icu", '[^[:alnum:]]+'
    ), '')
$$
"""
# Positions end at 16383, and a word at 2 kB; no word is as long in a file's name.
VECTOR = """
CREATE FUNCTION photoseek_vector(given TEXT) RETURNS TSVECTOR
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT AS $$
    SELECT CAST(coalesce(
        string_agg(left(word, 500) || ':' || least(place, 16383), ' '), ''
    ) AS TSVECTOR)
    FROM unnest(photoseek_words(given)) WITH ORDINALITY AS found(word, place)
$$
"""
# Names are in the file system's own bytes; those that are no UTF-8 are mostly Latin-1.
PATH = """
CREATE FUNCTION photoseek_path(given BYTEA) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN convert_from(given, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire THEN
    RETURN convert_from(given, 'LATIN1');
END
$$
"""
FILE = r"""
CREATE FUNCTION photoseek_file_words() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    whole TEXT := photoseek_path(NEW.path);
    last TEXT := regexp_replace(whole, '^.*/', '');
BEGIN
    INSERT INTO file_words (id, name, folder) VALUES (
        NEW.id,
        photoseek_vector(regexp_replace(last, '^(.+)\.[^.]*$', '\1')),
        photoseek_vector(left(whole, length(whole) - length(last)))
    )
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, folder = excluded.folder;
    RETURN NULL;
END
$$
"""
TAG = """
CREATE FUNCTION photoseek_tag_words() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO tag_words (id, label) VALUES (NEW.id, photoseek_vector(NEW.label))
    ON CONFLICT (id) DO UPDATE SET label = excluded.label;
    RETURN NULL;
END
$$
"""
FILE_WORDS = """
CREATE TABLE file_words (
    id BIGINT CONSTRAINT pk_file_words PRIMARY KEY
        CONSTRAINT fk_file_words_id REFERENCES files (id) ON DELETE CASCADE,
    name TSVECTOR NOT NULL,
    folder TSVECTOR NOT NULL
)
"""
TAG_WORDS = """
CREATE TABLE tag_words (
    id BIGINT CONSTRAINT pk_tag_words PRIMARY KEY
        CONSTRAINT fk_tag_words_id REFERENCES tags (id) ON DELETE CASCADE,
    label TSVECTOR NOT NULL
)
"""


def upgrade(connection: Connection) -> None:
    """Make the tables, empty as the library is, and what fills them."""
    for statement in (WORDS, VECTOR, PATH, FILE_WORDS, TAG_WORDS, FILE, TAG, *_indexes()):
        connection.exec_driver_sql(statement)
    for owner, changing, table in (("files", "path", "file_words"), ("tags", "label", "tag_words")):
        call = f"FOR EACH ROW %s EXECUTE FUNCTION photoseek_{table}()"
        changed = f"WHEN (OLD.{changing} IS DISTINCT FROM NEW.{changing})"
        for name, event, when in (
            ("inserted", "INSERT", ""),
            ("changed", f"UPDATE OF {changing}", changed),
        ):
            head = f"CREATE TRIGGER {table}_{name} AFTER {event} ON {owner} "
            connection.exec_driver_sql(head + call % when)


def _indexes() -> list[str]:
    return [
        f"CREATE INDEX ix_{table}_{column} ON {table} USING gin ({column})"
        for table, column in (
            ("file_words", "name"),
            ("file_words", "folder"),
            ("tag_words", "label"),
        )
    ]
