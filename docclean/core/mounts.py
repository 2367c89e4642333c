"""Which folders lie on other machines, as far as the system tells."""

import os
import re
import sys
from pathlib import Path

_REMOTE = frozenset(
    ("9p", "afs", "afpfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs")
)
_REMOTE_FUSE = ("ceph", "davfs2", "glusterfs", "gvfsd-fuse", "rclone", "s3fs", "smbnetfs", "sshfs")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_TABLE = Path("/proc/self/mountinfo")


def network_file_system(folder: Path, table: Path = _TABLE) -> str:
    """Name the kind of network drive that a folder lies on.

    Args:
        folder: A folder that is there.
        table: Linux's table of what is mounted where.

    Returns:
        As in "nfs4" or "sshfs"; empty for a local disk, and on systems without such a table.

    Source:
        proc(5), "/proc/PID/mountinfo".
    """
    if table == _TABLE and sys.platform != "linux":
        return ""
    try:
        lines = table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    kind, longest = "", -1
    real = Path(os.path.realpath(folder))
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if len(fields) < 5 or not rest[0]:
            continue
        point = Path(_ESCAPED.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        if (point == real or point in real.parents) and len(point.parts) >= longest:  # the last one mounted counts
            kind, longest = rest[0], len(point.parts)
    name = kind.removeprefix("fuse.")
    return name if name in _REMOTE or (kind.startswith("fuse.") and name in _REMOTE_FUSE) else ""
