"""What tests need from the machine: a PostgreSQL server and a browser.

Each is found or started when the first test asks for it. What is not there raises `Missing`, and `tests/conftest.py`
makes of that a test that is not run, named at the end with the line that installs it.
"""

import os
import shutil


class Missing(Exception):  # named after the state of the machine, which is no failure of ours
    """Something that tests need is not on this machine; the message names it and its one install line."""


def install_line(packages: str, otherwise: str) -> str:
    """Return the line that installs Debian's packages, or what to do on a machine that has other ones."""
    if not shutil.which("apt-get"):
        return otherwise
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install {packages}"
