#!/usr/bin/env bash
# Install what is missing for the given extras (all, dev), and only that: the virtual environment,
# the packages, a Chromium and, where it costs no password, the fonts of the practice site.
# A failure is one line with its cause and cure.
set -euo pipefail
cd "$(dirname "$0")/.."
extras=("$@")

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup failed: %s\n' "$*" >&2; exit 1; }

# Without a terminal, sudo must not ask.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif [ -t 0 ]; then sudo "$@"
  else sudo -n "$@"
  fi
}

may_be_root() { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
free_root() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

# Run quietly; the last line of a failure says why.
quietly() {
  local output
  output=$("$@" 2>&1) || { [ -z "$output" ] || say "${output##*$'\n'}"; return 1; }
}

apt_updated=
apt_install() {
  command -v apt-get >/dev/null && may_be_root || return 1
  if [ -z "$apt_updated" ]; then
    quietly as_root apt-get update -qq || return 1
    apt_updated=yes
  fi
  say "apt-get install $*"
  quietly as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@"
}

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11 python3.14; do
    if new_enough "$name"; then echo "$name"; return; fi
  done
  return 1
}

make_environment() {
  local python version
  if ! python=$(find_python); then
    # Ubuntu 22.04 has an older python3 and this one beside it.
    apt_install python3 python3-venv || true
    find_python >/dev/null || apt_install python3.11 python3.11-venv || true
    python=$(find_python) ||
      fail "Python 3.11 or newer was not found; install it (python3, python3-venv) and run make again"
  fi
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    apt_install "$version" ||
      fail "$python cannot make virtual environments; install $version and run make again"
  fi
  say "creating .venv with $("$python" --version)"
  "$python" -m venv --clear .venv || fail "$python -m venv .venv did not work; see the lines above"
}

has_gpu() { command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }

pip_install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"; }

# The default build of PyTorch for Linux carries gigabytes of CUDA; without an NVIDIA GPU the CPU
# build is taken wherever pip's configured indexes offer it.
install_torch() {
  local pin
  pin=$(grep '^torch==' constraints.txt)
  if [ "$(uname -s)" = Linux ] && ! has_gpu; then
    if pip_install -c constraints.txt "$pin+cpu" 2>/dev/null; then return; fi
    say "pip's indexes hold no CPU build of PyTorch: taking the default one, which is large" \
      "(set PIP_EXTRA_INDEX_URL to PyTorch's CPU index to avoid this)"
  fi
  pip_install -c constraints.txt "$pin"
}

install_packages() {
  local missing
  missing=$(.venv/bin/python scripts/missing.py "${extras[@]}" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  say "pip install: $missing"
  case " $missing" in *" torch "*)
    install_torch || fail "pip could not install torch; check the network and pip's index settings" ;;
  esac
  pip_install -c constraints.txt -e ".[$(IFS=,; echo "${extras[*]}")]" ||
    fail "pip could not install the packages; check the network and pip's index settings"
}

# Playwright's driver is a node that wants libatomic, which small images leave out.
check_driver() {
  .venv/bin/python -m playwright --version >/dev/null 2>&1 && return
  apt_install libatomic1 && .venv/bin/python -m playwright --version >/dev/null 2>&1 ||
    fail "playwright's driver does not start; install libatomic1 and run make again"
}

# Ubuntu's chromium is a stub that asks for a snap, so a name alone proves nothing.
has_browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then return; fi
  done
  .venv/bin/python - 2>/dev/null <<'PY'
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
PY
}

is_debian() { grep -qs '^ID=debian' /etc/os-release; }

install_browser() {
  has_browser && return
  if is_debian && apt_install chromium; then return; fi
  say "playwright install chromium"
  if [ "$(uname -s)" = Linux ] && free_root; then
    quietly .venv/bin/python -m playwright install --with-deps chromium && return
  fi
  quietly .venv/bin/python -m playwright install chromium ||
    fail "no Chromium was found or could be fetched; install chromium or google-chrome and run make again"
}

# The practice site is drawn in several typefaces; without them it still works.
install_niceties() {
  local name wanted=()
  command -v dpkg-query >/dev/null || return 0
  for name in fonts-liberation fonts-dejavu-core fonts-open-sans fonts-roboto fonts-lato libjemalloc2; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || wanted+=("$name")
  done
  [ ${#wanted[@]} -gt 0 ] && free_root || return 0
  apt_install "${wanted[@]}" || say "left out: ${wanted[*]} (the practice site looks plainer)"
}

# A screen of its own, with real programs on it: for --virtual, and for its tests.
install_screen() {
  local name wanted=()
  case " ${extras[*]} " in *" dev "*) ;; *) return 0 ;; esac
  command -v dpkg-query >/dev/null || return 0
  for name in xvfb openbox mousepad xclip xterm python3-tk xserver-xorg-core \
    xserver-xorg-video-dummy x11-xserver-utils adb; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || wanted+=("$name")
  done
  [ ${#wanted[@]} -gt 0 ] && free_root || return 0
  apt_install "${wanted[@]}" || say "left out: ${wanted[*]} (tests of the desktop or the phone are skipped)"
}

new_enough .venv/bin/python && .venv/bin/python -c 'import pip' 2>/dev/null || make_environment
install_packages
check_driver
install_browser
install_niceties
install_screen
