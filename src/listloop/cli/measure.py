"""What a process has used: memory and CPU."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def peak_mb(pid: int | None = None) -> int | None:
    """In MB, of this process or another one of the same user; None where the system does not tell.

    Linux is asked in its own way: by ``getrusage`` a process starts with the peak of the one that started it.
    """
    status = Path(f"/proc/{pid or 'self'}/status")
    if status.exists():
        line = next((one for one in status.read_text().splitlines() if one.startswith("VmHWM:")), "VmHWM: 0 kB")
        return int(line.split()[1]) // 1024
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    if pid is not None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024)


def cpu_of(pid: int) -> float | None:
    """Seconds of CPU that another process has used; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
