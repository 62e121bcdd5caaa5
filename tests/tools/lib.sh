# shellcheck shell=bash
# Functions that the test scripts share; sourced, never run.

heading() { printf '\n=== %s  (%s)\n' "$1" "$(date -u +%H:%M:%SZ)"; }

# contains WORD LIST…
contains() {
    local word=$1 each
    shift
    for each in "$@"; do
        if [ "$each" = "$word" ]; then return 0; fi
    done
    return 1
}

# count PASSED FAILED: adds to the closing line of tests/run.
count() { echo "$1 $2" >>"${DESKGATE_TEST_COUNTS:-/dev/null}"; }

# A port that nobody listens on right now. Another process may take it before it is used: callers try again.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The newest PostgreSQL server installed here, in the search path or where Debian puts it.
postgres_bin() {
    local found
    found=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
    if [ -z "$found" ]; then found=$(command -v initdb || true); fi
    if [ -z "$found" ]; then return 1; fi
    dirname "$found"
}

# As an unprivileged user, because PostgreSQL refuses to run as root.
unprivileged() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=nobody --regid=nogroup --clear-groups env LC_ALL=C.UTF-8 "$@"
    else
        env LC_ALL=C.UTF-8 "$@"
    fi
}

# cargo_tool NAME VERSION: installs a tool of Rust's package registry into the tools folder, once. It runs for seconds,
# so it is compiled for a quick build: 75 s instead of 180 s for cargo-deny on two cores.
cargo_tool() {
    local name=$1 version=$2
    if ! grep -qsF "\"$name $version " "$DESKGATE_TEST_TOOLS/.crates.toml"; then
        echo "installing $name $version"
        CARGO_TARGET_DIR=$DESKGATE_TEST_TOOLS/build CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false \
            cargo install "$name" --version "$version" --locked --quiet --root "$DESKGATE_TEST_TOOLS"
        rm -rf -- "$DESKGATE_TEST_TOOLS/build"
    fi
    case :$PATH: in
        *":$DESKGATE_TEST_TOOLS/bin:"*) ;;
        *) PATH=$DESKGATE_TEST_TOOLS/bin:$PATH ;;
    esac
}

# python_tools: makes the virtual environment of the testers, once for each state of requirements.txt.
python_tools() {
    local venv=$DESKGATE_TEST_TOOLS/venv wanted=tests/tools/requirements.txt
    if ! cmp -s "$wanted" "$venv/installed.txt"; then
        echo "installing the Python packages of $wanted"
        rm -rf -- "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input --only-binary :all: --no-deps \
            --requirement "$wanted"
        "$venv/bin/pip" check
        cp "$wanted" "$venv/installed.txt"
    fi
}
