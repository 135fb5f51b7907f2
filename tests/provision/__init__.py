"""What tests need from the machine: a PostgreSQL server and a browser.

Each is found or started when the first test asks for it. What is not there raises `Missing`, and `tests/conftest.py`
makes of that a test that is not run, named at the end with the line that installs it.
"""


class Missing(Exception):  # noqa: N818  (a state of the machine, not a failure of ours)
    """Something that tests need is not on this machine; the message names it and its one install line."""
