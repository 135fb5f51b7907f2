"""What every test may ask for: a database, a page in a browser. What the machine lacks is named, never passed over.

The fixtures `database_url`, `postgresql_url`, `browser` and `page` say themselves what they give. A test that uses one
which this machine cannot provide is not run, and the end of the report says so with the line that installs it; where
`CI=true`, that fails the session.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, sync_playwright

from tests.provision import Missing, postgresql
from tests.provision import browser as chromium

NOT_RUN = "not run, for want of "

shared = pytest.StashKey[Path]()

#: Seconds after which an answer that a test asked for will not come; the five of the library are few on a busy machine.
DEFAULT_TIMEOUT_CONFIG.connect = DEFAULT_TIMEOUT_CONFIG.read = DEFAULT_TIMEOUT_CONFIG.write = 150.0

#: Nothing is timed, and a continuous build tries the same examples each time: what fails there fails again.
settings.register_profile(
    "steady",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
#: A mutant is judged by the same examples each time, and by few: it runs thousands of times.
settings.register_profile("mutants", deadline=None, derandomize=True, database=None, max_examples=25)
settings.load_profile("mutants" if "MUTANT_UNDER_TEST" in os.environ else "steady")


def pytest_configure(config: pytest.Config) -> None:
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        config.stash[shared] = Path(workerinput["shared"])
        return
    session = postgresql.Session()
    config.add_cleanup(session.close)
    config.stash[shared] = session.folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of xdist which folder it shares with the others."""
    node.workerinput["shared"] = str(node.config.stash[shared])  # type: ignore[attr-defined]  # xdist has no types


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(900))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") == "true" and not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield  # so that what was not run is the last thing said before the closing line
    wanting = not_run(terminalreporter.config)
    if wanting:
        terminalreporter.section("not run", red=os.environ.get("CI") == "true", yellow=True)
    for want, count in wanting.items():
        terminalreporter.line(f"{count} tests, for want of {want}")


def not_run(config: pytest.Config) -> Counter[str]:
    """Count the tests that were not run by what they lacked; nothing in a worker, whose reports go to the session's."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = [] if reporter is None else reporter.stats.get("skipped", [])
    reasons = (str(report.longrepr[-1]).removeprefix("Skipped: ") for report in skipped)
    return Counter(reason.removeprefix(NOT_RUN) for reason in reasons if reason.startswith(NOT_RUN))


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> str:
    """The URL of the session's PostgreSQL server, for `postgresql_url` to make databases on."""
    try:
        return postgresql.server(request.config.stash[shared])
    except Missing as missing:
        pytest.skip(f"{NOT_RUN}{missing}")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database, the test's own. Mark such a test `postgres`."""
    with postgresql.fresh_database(postgresql_server) as url:
        yield url.replace("postgresql:", "postgresql+psycopg:", 1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database, the test's own; the test runs twice: on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'listloop.sqlite'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window, for the tests of one module. Mark such tests `browser`.

    Not longer than a module: while Playwright runs, no other code of this process can start an event loop.
    """
    with sync_playwright() as playwright:
        try:
            running = chromium.launch(playwright)
        except Missing as missing:
            pytest.skip(f"{NOT_RUN}{missing}")
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a profile of its own, so without cookies; see `chromium.profile` for how long it waits."""
    with chromium.profile(browser) as made:
        yield made.new_page()
