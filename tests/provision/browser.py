"""The machine's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright, expect

from tests.provision import Missing, install_line

# Nothing but the page under test may use the network, and headless machines have no graphics card.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

PATIENCE = 150_000
"""Milliseconds after which what a test waits for will not come, however busy the machine is."""


def executable(playwright: Playwright) -> Path:
    """Return the browser to use: `$CHROMIUM`, or the first of the PATH, or the one that Playwright installed.

    Raises: Missing.
    """
    named = os.environ.get("CHROMIUM")
    on_path = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    for found in (named, *on_path, playwright.chromium.executable_path):
        if found and Path(found).exists():
            return Path(found)
    line = install_line("chromium libatomic1", otherwise=".venv/bin/python -m playwright install chromium")
    raise Missing(f"Chromium: {line}")


def launch(playwright: Playwright) -> Browser:
    """Start the browser without a window; as root without its sandbox, which refuses root."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE)
    return playwright.chromium.launch(executable_path=executable(playwright), args=[*FLAGS, *root])


@contextmanager
def profile(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Open an empty profile with options of Playwright, and close it at the end; what it waits for has `PATIENCE`."""
    with browser.new_context(**options) as made:
        made.set_default_timeout(PATIENCE)
        yield made
