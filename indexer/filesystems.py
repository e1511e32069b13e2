"""What kind of file system a folder is on: whether it tells of what others change there."""

from dataclasses import dataclass
from pathlib import Path

import psutil

NETWORK = frozenset(
    [
        *("9p", "afpfs", "afs", "ceph", "cifs", "davfs", "drvfs", "glusterfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "webdav"),
    ]
)
"""What another machine, or a virtual one's host, may change without this kernel seeing it."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    """``kind`` as the system names it; ``is_network``, whether others may change it unseen."""

    kind: str
    is_network: bool


def file_system(path: Path) -> FileSystem:
    """The file system that holds a path, by the innermost mount point above it."""
    resolved = path.resolve()
    mounts = [
        (Path(mount.mountpoint), mount)
        for mount in psutil.disk_partitions(all=True)
        if resolved.is_relative_to(mount.mountpoint)
    ]
    if not mounts:
        return FileSystem("unknown", is_network=False)
    # of several mounts at one place, the last one hides the others
    _, mount = max(enumerate(mounts), key=lambda pair: (len(pair[1][0].parts), pair[0]))[1]
    return FileSystem(mount.fstype, is_network=_is_network(mount.fstype, mount.opts))


def _is_network(kind: str, options: str) -> bool:
    # sshfs, rclone and their like; fuseblk, where NTFS and exFAT drives are, is local
    return kind in NETWORK or kind.startswith("fuse.") or "remote" in options.split(",")
