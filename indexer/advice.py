"""What to do about a file that cannot be searched, by the reason that was noted for it."""

import re

_WAYS_OUT: tuple[tuple[str, str], ...] = (
    (r"the next run reads it", "nothing; or, if it is finished: photoseek index"),
    (r"has no vector", "photoseek index"),
    (r"Permission denied|Operation not permitted", "give read permission, then: photoseek index"),
    (r"Input/output error|Stale file handle|not connected|Host is down", "check its drive"),
    (r"No such file", "photoseek index"),
    (r"photoseek\[raw\]|LibRaw", "pip install 'photoseek[raw]', then: photoseek index"),
    (r"^empty file", "restore it from a backup, or delete it"),
    (r"not a picture", "it is another kind of file: rename it, or leave it out with --exclude"),
    (r"decoder (crashed|was killed|did not)", "photoseek index --retry-failed; or save it anew"),
    (r"too many pixels|larger than|memory", "save a smaller version beside it"),
    (r"too many frames|too much metadata", "save it anew with another program"),
    (r"took longer", "photoseek index --retry-failed --decode-timeout 300; or save it anew"),
    (r"symbolic link to nothing", "mount its drive, or delete the link"),
    (r"damaged", "restore it from a backup, or save it anew with a program that opens it"),
)
_OTHERWISE = "photoseek index --retry-failed, once it is mended"


def way_out(reason: str) -> str:
    """One short sentence for a person."""
    for pattern, advice in _WAYS_OUT:
        if re.search(pattern, reason):
            return advice
    return _OTHERWISE
