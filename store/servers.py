"""A library whose catalog is on a server: caches on this machine, locks among all machines."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Engine, text

from errors import NoLibrary, StorageError
from store.addresses import Address
from store.database import check_version, migrate, reading, translated_errors, writing
from store.engines.postgresql import PostgresRules, open_engine
from store.engines.sessions import LIBRARY, Lock, Session
from store.files import storage_errors
from store.folder import LibraryFolder, caches_home
from store.homes import Claims
from store.schema import HEAD, Base

WAIT_FOR_CACHES = 60.0
LOOK_AGAIN_S = 1.0

_IDENTITY = text(
    "SELECT value, CAST(CAST('meta' AS regclass) AS oid), "
    "(SELECT timeline_id FROM pg_control_checkpoint()) FROM meta WHERE key = 'library_id'"
)


_MAY_WRITE = text(
    "SELECT coalesce(has_table_privilege(to_regclass('meta'), 'UPDATE'), TRUE) "
    "AND NOT pg_is_in_recovery()"
)


class ServerHome:
    """A catalog on PostgreSQL; its caches are in a folder named after the library."""

    is_a_folder = False

    def __init__(self, address: Address) -> None:
        self.where = str(address)
        self.folder = LibraryFolder(caches_home())
        self._rules = PostgresRules(address)
        self._engine = open_engine(address, self._rules)
        self._writers = open_engine(address, self._rules, keep=False)
        self._seen: tuple[float, tuple[object, ...]] = (0.0, ())

    def open(self, *, create: bool) -> Engine:
        try:
            return self._open(create=create)
        except BaseException:
            self._engine.dispose()
            raise

    def _open(self, *, create: bool) -> Engine:
        version = check_version(self._engine)
        if version is None and not create:
            raise NoLibrary(f"{self.where}: no library yet; make one with: photoseek index FOLDER")
        if version is None or version < HEAD:
            with self.lock(wait=WAIT_FOR_CACHES, sharing=False):
                migrate(self._engine)
        library = str(self.identity()[0])
        self.folder = LibraryFolder(caches_home() / library)
        with storage_errors(self.folder.path):
            self.folder.path.mkdir(parents=True, exist_ok=True)
        return self._engine

    @contextmanager
    def lock(self, *, wait: float, sharing: bool) -> Iterator[Claims]:
        if not self.may_write():
            raise StorageError(f"{self.where}: may only be read; grant the user its rights")
        with translated_errors(self._engine):
            session = Session(self._engine, self._writers, self.where, wait)
        try:
            with translated_errors(self._engine):
                session.take(Lock(LIBRARY, shared=sharing))
            with self._rules.as_writer(session):
                yield session
        finally:
            session.close()

    def saving(self, *, is_writer: bool) -> AbstractContextManager[None]:  # noqa: ARG002
        """Writers of different roots share the caches of a machine, so each asks for them."""
        return self.folder.lock(wait=WAIT_FOR_CACHES)

    def history(self, library_id: str) -> str:
        """A dump that is restored makes tables anew, a server that is set back or fails over
        begins another time line: what came after is given the same numbers again."""
        _, table, line = self.identity()
        return f"{library_id}-{table}-{line}"

    def take_stock(self) -> None:
        """Its own daemon does so a minute later; until then no plan uses the indexes of words."""
        with writing(self._engine) as connection:
            for table in (*Base.metadata.tables, "file_words", "tag_words"):
                connection.exec_driver_sql(f"ANALYZE {table}")

    def describe(self) -> str:
        with reading(self._engine) as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
        return f"{self.where} on PostgreSQL {str(version).split()[0]}"

    def may_write(self) -> bool:
        with reading(self._engine) as connection:
            return bool(connection.execute(_MAY_WRITE).scalar())

    def identity(self) -> tuple[object, ...]:
        asked, seen = self._seen
        if time.monotonic() - asked > LOOK_AGAIN_S or not seen:
            with reading(self._engine) as connection:
                known = connection.execute(text("SELECT to_regclass('meta')")).scalar()
                seen = tuple(connection.execute(_IDENTITY).one()) if known else ()
            self._seen = (time.monotonic(), seen)
        return seen

    def bytes(self) -> int:
        """Of the tables with their indexes."""
        statement = text(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
        )
        with reading(self._engine) as connection:
            return int(connection.execute(statement).scalar() or 0)
