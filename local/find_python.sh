#!/bin/sh
# Prints the path of a Python 3.13 (the version in .python-version): uv's, pyenv's or the one on PATH.
set -eu
wanted=$(cat "$(dirname "$0")/../.python-version")

is_wanted() {
    [ -n "$1" ] && [ -x "$1" ] &&
        "$1" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$wanted')" \
            >/dev/null 2>&1
}

candidates() {
    # --system: a virtual environment that happens to be active is not the Python to build on.
    uv python find --system "$wanted" 2>/dev/null || true
    for version in $(pyenv versions --bare 2>/dev/null | grep "^$wanted\." | sort -t. -k3 -nr); do
        PYENV_VERSION=$version pyenv which python 2>/dev/null || true
    done
    command -v "python$wanted" || true
    command -v python3 || true
}

found=$(candidates | while read -r candidate; do
    if is_wanted "$candidate"; then
        echo "$candidate"
        break
    fi
done)
if [ -z "$found" ]; then
    echo "Python $wanted (with venv) was not found: run 'uv python install $wanted' or" \
        "'pyenv install $wanted', then try again." >&2
    exit 1
fi
echo "$found"
