"""CPU time of programs with all that they started, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """User and system time of a process and its descendants, those that have ended too."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            # After the name, which may have any characters: state, parent, …
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile, and its parent has its time
        parents[int(entry.name)] = int(fields[1])
        # utime, stime, and those of the children that have ended: cutime, cstime
        spent[int(entry.name)] = sum(map(int, fields[11:15])) * _TICK
    return sum(spent[each] for each in spent if _descends(each, pid, parents))


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid != ancestor and pid in parents:
        pid = parents[pid]
    return pid == ancestor
