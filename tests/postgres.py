"""A real PostgreSQL for tests: in a temporary folder, on a free port of the loopback, as nobody.

Each library has a schema of its own. Needs Debian's ``postgresql`` or any other with ``initdb``.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from store import Address, Place

PASSWORD = "correct horse"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # a test's machine may lose what a test wrote
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "lc_messages": "C",
}
MISSING = (
    "no PostgreSQL server is installed, which these tests need: apt-get install postgresql "
    "(or put the folder with its initdb into PATH)"
)


@dataclass(frozen=True, slots=True)
class Server:
    """One server; ``stop`` and ``start`` leave what it holds."""

    folder: Path
    port: int

    def start(self) -> None:
        self._control("start", "-o", " ".join(f"-c {k}='{v}'" for k, v in self._settings()))

    def stop(self) -> None:
        """As when its machine is shut down: connections are ended in the middle of anything."""
        self._control("stop", "-m", "immediate")

    def schema(self) -> Address:
        """The address of a new, empty place for a library."""
        name = f"library_{secrets.token_hex(6)}"
        with psycopg.connect(self._dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return self.address(options=f"-csearch_path%3D{name}")

    def address(
        self,
        *,
        password: str = PASSWORD,
        port: int | None = None,
        database: str = "photos",
        options: str = "-cjit=off",
    ) -> Address:
        secret = password.replace(" ", "%20")
        where = f"tests:{secret}@127.0.0.1:{port or self.port}/{database}"
        return Address.parse(f"postgresql+psycopg://{where}?options={options}")

    def connect(self, address: Address) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the driver's own to a library's schema."""
        options = str(address.url.query["options"])
        return psycopg.connect(self._dsn(), options=options, autocommit=True)

    def dump(self, address: Address) -> Path:
        """What ``pg_dump`` says of a library's schema."""
        schema = _schema(address)
        file = self.folder / f"{schema}.dump"
        _run("pg_dump", "--format=custom", "-n", schema, "-f", file, "-d", self._uri())
        return file

    def restore(self, address: Address, dumped: Path) -> None:
        """Put a dump in the place of what the schema holds."""
        with self.connect(address) as connection:
            connection.execute(f"DROP SCHEMA {_schema(address)} CASCADE")
        _run("pg_restore", "--exit-on-error", "-d", self._uri(), dumped)

    def reader_of(self, address: Address) -> Address:
        """The same library, for a user who may only read it."""
        schema, role = _schema(address), f"{_schema(address)}_reader"
        with self.connect(address) as connection:
            connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'reader'")
            connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}")
        return Address(address.url.set(username=role, password="reader"))

    def create(self) -> None:
        """Make the cluster and the database."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        _give(self.folder)
        _run(
            "initdb",
            *("-D", self._data, "-U", "tests", "--auth=scram-sha-256", f"--pwfile={secret}"),
            *("--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        self.start()
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE photos")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _settings(self) -> list[tuple[str, str]]:
        return [*_SETTINGS.items(), ("port", str(self.port))]

    def _dsn(self, database: str = "photos") -> str:
        return f"host=127.0.0.1 port={self.port} user=tests password='{PASSWORD}' dbname={database}"

    def _uri(self) -> str:
        return as_text(self.address()).replace("+psycopg", "")

    def _control(self, *command: str) -> None:
        _run("pg_ctl", "-D", self._data, "-w", "-l", self.folder / "log", *command)


def as_text(place: Place) -> str:
    """A place as another process can be told of it, with its password."""
    if isinstance(place, Path):
        return str(place)
    return place.url.render_as_string(hide_password=False)


@contextmanager
def running() -> Iterator[Server]:
    """A server that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="photoseek-postgres-"))
    server = Server(folder, _free_port())
    try:
        server.create()
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _schema(address: Address) -> str:
    return str(address.url.query["options"]).rpartition("=")[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(program: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's programs, which refuse to work for root."""
    command = [str(_programs() / program), *map(str, arguments)]
    user = _unprivileged()
    done = subprocess.run(
        command,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}"


def _programs() -> Path:
    """The folder of ``initdb``: Debian keeps it out of PATH, the newest version last."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found or debian, MISSING
    return Path(found).resolve().parent if found else debian[-1].parent


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as in the place of root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _give(folder: Path) -> None:
    user = _unprivileged()
    for path in (folder, *folder.iterdir()):
        if user:
            os.chown(path, user.pw_uid, user.pw_gid)
