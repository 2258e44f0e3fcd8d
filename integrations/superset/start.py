"""Start Superset on loopback with the bundle of groundwork: database, datasets, dashboards.

    python start.py BUNDLE [--home DIR] [--port PORT]

Run it in the environment of requirements.lock. What Superset remembers is in `--home`, and the next
start goes on with it; what is in the bundle is put back to what the bundle says.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
USER = "admin"


def main() -> None:
    """Prepare Superset, import the bundle, and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--home", type=Path, default=HERE / "home")
    parser.add_argument("--port", type=int, default=8088)
    arguments = parser.parse_args()
    bundle, home = arguments.bundle.resolve(), arguments.home.resolve()
    if not bundle.is_file():
        sys.exit(f"{arguments.bundle} does not exist; write it first: groundwork bi superset")
    home.mkdir(parents=True, exist_ok=True)
    _secret(home / "secret_key")
    password = _secret(home / "password")
    os.environ |= {
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
    }
    superset = str(Path(sys.executable).with_name("superset"))
    names = ("--username", USER, "--firstname", "groundwork", "--lastname", USER)
    _say("preparing Superset; the first time takes a minute ...")
    for step in (
        (superset, "db", "upgrade"),
        (superset, "fab", "create-admin", *names, "--email", "admin@localhost"),
        (superset, "init"),
        (sys.executable, str(HERE / "import_bundle.py"), str(bundle), USER),
    ):
        secret = ("--password", password) if "create-admin" in step else ()
        _run((*step, *secret), step, home / "superset.log")
    address = f"http://127.0.0.1:{arguments.port}"
    _say(f"Superset answers at {address} (user {USER}, password {password}); Ctrl-C ends it")
    serve = (superset, "run", "--host", "127.0.0.1", "--port", str(arguments.port))
    _run((*serve, "--with-threads"), serve, home / "superset.log")


def _run(command: tuple[str, ...], named: tuple[str, ...], log: Path) -> None:
    with log.open("a", encoding="utf-8") as output:
        try:
            code = subprocess.run(command, stdout=output, stderr=output).returncode
        except KeyboardInterrupt:
            sys.exit(0)
    if code:
        last = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
        shown = " ".join(Path(part).name for part in named)
        sys.exit(f"'{shown}' failed ({''.join(last)}); the whole of it is in {log}")


def _secret(path: Path) -> str:
    """Return the secret in a file that only its owner reads; make one up where there is none."""
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(16), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
