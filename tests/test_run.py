"""`./run` on the machines that newcomers have. The slow tests make a whole environment each, from uv's cache."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.run_script import load

ROOT = Path(__file__).parents[1]
BASE = Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}"
VERSION = ("test", "--version")  # the cheapest command that needs the whole environment


def interpreters() -> Iterator[Path]:
    """Every other Python of this machine: on the PATH, and those that pyenv keeps."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [path for folder in folders for path in folder.glob("python[23].*") if path.name[-1].isdigit()]
    for path in [*found, *pyenv.glob("versions/*/bin/python")]:
        if subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0:
            yield path


def start(checkout: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    return subprocess.Popen(
        [BASE, checkout / "run", *arguments],
        env=inherited | environment,
        cwd=checkout.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(checkout: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Start `./run` from outside its folder; return its exit code and all it said."""
    with start(checkout, *arguments, **environment) as process:
        said, _ = process.communicate(timeout=250)
    return process.returncode, said


def path_without_uv(folder: Path) -> str:
    """A PATH on which there is nothing but what `env` and `sh` need."""
    folder.mkdir()
    for name in ("env", "sh"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return str(folder)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone in a folder with spaces, nothing prepared."""
    folder = tmp_path / "a folder, with spaces"
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("run", "pyproject.toml", "uv.lock", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def script() -> ModuleType:
    return load()


def test_every_python_can_parse_it() -> None:
    for python in interpreters():
        parse = "import sys; compile(open(sys.argv[1]).read(), 'run', 'exec')"
        done = subprocess.run([python, "-c", parse, ROOT / "run"], check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"{python}: {done.stderr}"


def test_a_python_that_is_too_old_or_too_new_is_told_in_one_sentence_what_to_install() -> None:
    for version in ("2, 7, 18", "3, 10, 13", "3, 14, 0"):
        pretend = f"import runpy, sys; sys.version_info = ({version}); sys.argv = ['run', 'test']; "
        code = pretend + "runpy.run_path('run', run_name='__main__')"
        done = subprocess.run([BASE, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("Listloop needs Python 3.11, 3.12 or 3.13, and this is ")
        assert len(done.stderr.splitlines()) == 1


def test_the_old_pythons_of_this_machine_say_so_too() -> None:
    for python in interpreters():
        done = subprocess.run([python, "run"], cwd=ROOT, check=False, capture_output=True, text=True)
        assert done.returncode == 0 or done.stderr.startswith("Listloop needs Python"), f"{python}: {done.stderr}"


def test_alone_it_lists_its_commands_and_prepares_nothing(checkout: Path, script: ModuleType) -> None:
    code, said = run(checkout)
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()[2:]] == list(script.COMMANDS)
    assert not (checkout / ".run").exists()


def test_an_unknown_command_is_named_and_the_known_ones_are_listed(checkout: Path) -> None:
    code, said = run(checkout, "tset")
    assert code == 2
    assert "no command 'tset'" in said
    assert "  test  " in said


@pytest.mark.slow
def test_a_second_start_needs_neither_the_network_nor_uv(checkout: Path, tmp_path: Path) -> None:
    assert run(checkout, *VERSION)[0] == 0
    bare = path_without_uv(tmp_path / "bin")
    code, said = run(checkout, *VERSION, PATH=bare, UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "empty"))
    assert (code, said.split()[0]) == (0, "pytest")


@pytest.mark.slow
def test_the_first_start_says_nothing_of_its_own_when_the_cache_has_everything(checkout: Path) -> None:
    run(checkout, *VERSION)
    shutil.rmtree(checkout / ".venv")
    code, said = run(checkout, *VERSION)
    assert code == 0
    assert len(said.splitlines()) == 1


@pytest.mark.slow
def test_a_moved_folder_works_at_its_new_place_without_the_network(checkout: Path) -> None:
    assert run(checkout, *VERSION)[0] == 0
    moved = checkout.rename(checkout.with_name("moved, elsewhere"))
    assert run(moved, *VERSION, UV_OFFLINE="1")[0] == 0
    python = moved / ".venv/bin/python"
    found = subprocess.check_output([python, "-c", "import listloop; print(listloop.__file__)"], text=True)
    assert found.strip() == str(moved / "src/listloop/__init__.py")
    assert subprocess.check_output([moved / ".venv/bin/pytest", "--version"], text=True).startswith("pytest")


@pytest.mark.slow
def test_an_environment_that_lost_its_python_is_made_again(checkout: Path) -> None:
    run(checkout, *VERSION)
    python = checkout / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert run(checkout, *VERSION)[0] == 0


@pytest.mark.slow
def test_two_at_once_in_a_new_clone_both_work(checkout: Path) -> None:
    with start(checkout, *VERSION) as one, start(checkout, *VERSION) as other:
        said = one.communicate(timeout=250)[0] + other.communicate(timeout=250)[0]
    assert (one.returncode, other.returncode) == (0, 0), said


@pytest.mark.slow
def test_without_uv_a_private_one_is_installed_below_the_folder(
    checkout: Path, script: ModuleType, tmp_path: Path
) -> None:
    uv = wheel_of_uv(script, tmp_path / "wheels")
    bare = path_without_uv(tmp_path / "bin")
    code, said = run(checkout, *VERSION, PATH=bare, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(uv.parent))
    assert code == 0, said
    assert (checkout / ".run/uv/bin/uv").exists()


def wheel_of_uv(script: ModuleType, folder: Path) -> Path:
    """A wheel that pip takes for the pinned uv and that passes on to the uv of this machine: no network is needed."""
    real, wheel = script.find_uv() or script.install_uv(), folder / f"uv-{script.UV}-py3-none-any.whl"
    folder.mkdir()
    info = f"uv-{script.UV}.dist-info"
    program = zipfile.ZipInfo(f"uv-{script.UV}.data/scripts/uv")
    program.external_attr = 0o100755 << 16
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(program, f'#!/bin/sh\nPATH="{os.environ["PATH"]}" exec "{real}" "$@"\n')
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {script.UV}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


@pytest.mark.slow
def test_a_failing_installer_is_quoted_and_followed_by_the_next_step(checkout: Path) -> None:
    (checkout / "uv.lock").write_text("this is no lock file")
    code, said = run(checkout, *VERSION)
    assert code == 1
    assert "uv.lock" in said
    assert said.rstrip().endswith("then repeat ./run; it goes on where it stopped.")
    assert "Traceback" not in said


@pytest.mark.slow
def test_exit_codes_and_ctrl_c_are_those_of_the_command(checkout: Path) -> None:
    code, _ = run(checkout, "test", "-n0", "no_such_file.py")
    assert code == pytest.ExitCode.USAGE_ERROR
    (checkout / "test_waits.py").write_text(
        "import signal\ndef test_it():\n    print('waiting', flush=True)\n    signal.pause()\n"
    )
    with start(checkout, "test", "-n0", "-s", "test_waits.py") as process:
        assert process.stdout is not None
        while "waiting" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(150) == pytest.ExitCode.INTERRUPTED


@pytest.fixture
def apt_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get on the PATH that only writes down what it was asked for."""
    asked = tmp_path / "asked"
    fake = tmp_path / "bin" / "apt-get"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> "{asked}"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
    return asked


def test_a_debian_without_venv_gets_it_from_root(
    script: ModuleType, apt_get: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    script.install_venv()
    assert apt_get.read_text() == f"update\ninstall -y python{sysconfig.get_python_version()}-venv\n"


def test_a_debian_without_venv_names_the_one_line_to_anybody_else(
    script: ModuleType, apt_get: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    line = f"sudo apt-get install python{sysconfig.get_python_version()}-venv"
    with pytest.raises(SystemExit, match=line):
        script.install_venv()
    assert not apt_get.exists()


def test_arguments_that_choose_how_tests_are_spread_are_left_alone(script: ModuleType) -> None:
    assert script.spread([]) == ["-n", "auto"]
    assert script.spread(["tests/core", "-k", "merge"]) == ["-n", "auto"]
    assert script.spread(["-n0"]) == script.spread(["--pdb"]) == []


@pytest.mark.slow
def test_a_file_in_the_caller_s_folder_is_not_taken_for_a_module(checkout: Path) -> None:
    (checkout.parent / "listloop.py").write_text("raise SystemExit('the wrong file')\n")
    _, said = run(checkout, "listloop", "--help")
    assert "the wrong file" not in said
