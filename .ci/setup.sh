#!/bin/sh
# SPDX-License-Identifier: LGPL-3.0-or-later
# Makes the private environment .venv (`make setup`): finds a Python, names or installs what the system lacks, installs
# the pinned versions of requirements.lock, and tests them on two MPI ranks. A second call does nothing until the lock,
# pyproject.toml, this script or the interpreter changes. Nothing is written outside the repository except system
# packages (only as root, and announced) and the caches of pip, uv and the form compiler.
#
#   .ci/setup.sh            set up
#   .ci/setup.sh --check    only say which Python would be used and what is missing; writes nothing
#   PYTHON=/path/python3    use this interpreter and no other
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$root/.venv
lock=$root/.ci/requirements.lock
stamp=$venv/.setup-stamp
unfinished=$venv/.setup-unfinished

say() { printf 'setup: %s\n' "$*" >&2; }
stop() {
  say "$@"
  exit 1
}

# --- Is there anything to do? ---------------------------------------------------------------------------------------

fingerprint() { # everything whose change asks for a new set-up
  printf 'place %s\n' "$root"
  cksum "$lock" "$root/pyproject.toml" "$root/.ci/setup.sh"
  "$venv/bin/python" -V 2>&1
}

up_to_date() {
  [ -f "$stamp" ] && [ ! -e "$unfinished" ] && [ -x "$venv/bin/python" ] || return 1
  [ "$(fingerprint)" = "$(cat "$stamp")" ] || return 1
  [ -z "${PYTHON:-}" ] || [ "$("$PYTHON" -V 2>&1)" = "$("$venv/bin/python" -V 2>&1)" ]
}

# --- The interpreter ------------------------------------------------------------------------------------------------

# One line about an interpreter: version | platform | C library | what it lacks | C compiler
probe='
import os, sys, sysconfig
lacks = []
for name in ("ctypes", "ensurepip", "ssl", "venv"):
    try:
        __import__(name)
    except ImportError:
        lacks.append(name)
if not os.path.isfile(os.path.join(sysconfig.get_paths()["include"], "Python.h")):
    lacks.append("Python.h")
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or "no glibc"
except (AttributeError, ValueError, OSError):
    libc = "no glibc"
compiler = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
version = "%d.%d.%d" % sys.version_info[:3]
print("|".join([version, sysconfig.get_platform(), libc, " ".join(lacks), compiler]))
'

examine() { # run the interpreter $1 and set version, platform, libc, lacks, compiler; fails if it does not run
  facts=$("$1" -E -c "$probe" 2>/dev/null </dev/null) || return 1
  IFS='|' read -r version platform libc lacks compiler <<END
$facts
END
  [ -n "$compiler" ]
}

supported() { # the lock is made and tested for these versions
  case $version in 3.12.* | 3.13.* | 3.14.*) ;; *) return 1 ;; esac
}

candidates() { # every interpreter on PATH, those that pyenv and uv hide, and those in /opt and /usr/local
  set -f
  separator=$IFS
  IFS=:
  # shellcheck disable=SC2086  # split at the colons
  set -- $PATH
  IFS=$separator
  set +f
  for folder in "$@" "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[2-9]*/bin \
    "${XDG_DATA_HOME:-${HOME:-}/.local/share}"/uv/python/*/bin \
    /opt/*/bin /opt/python/*/bin /usr/local/bin /usr/local/*/bin; do
    [ "$folder" != "$venv/bin" ] || continue
    for name in python3.12 python3.13 python3.14 python3; do
      if [ -f "$folder/$name" ] && [ -x "$folder/$name" ]; then printf '%s\n' "$folder/$name"; fi
    done
  done
}

# Sets python to the first complete interpreter, else to the first that only lacks something, else to nothing;
# rejected tells, one line each, why the others were passed over.
find_python() {
  python='' rejected=''
  while IFS= read -r candidate; do
    if [ -z "$candidate" ]; then
      continue
    elif ! examine "$candidate"; then
      reason='does not run'
    elif ! supported; then
      reason="is Python $version"
    elif [ -n "$lacks" ]; then
      [ -n "$python" ] || python=$candidate
      reason="is Python $version without $lacks"
    else
      python=$candidate
      return
    fi
    rejected="$rejected
setup:   $candidate $reason"
  done <<END
$(if [ -n "${PYTHON:-}" ]; then command -v "$PYTHON" || printf '%s\n' "$PYTHON"; else candidates; fi)
END
  [ -z "$python" ] || examine "$python"
}

# --- What the system must provide -----------------------------------------------------------------------------------

# What Gmsh is linked to: file=package of Debian and Ubuntu
gmsh_libraries='libGLU.so.1=libglu1-mesa libGL.so.1=libgl1 libXrender.so.1=libxrender1 libXcursor.so.1=libxcursor1
libXfixes.so.3=libxfixes3 libXext.so.6=libxext6 libXft.so.2=libxft2 libfontconfig.so.1=libfontconfig1
libXinerama.so.1=libxinerama1 libX11.so.6=libx11-6'

lack() { # note that $1 is missing and that the packages in the other arguments provide it
  missing="$missing
setup:   $1"
  shift
  packages="$packages $*"
}

compiles() { # the form compiler calls $compiler to make a shared library
  printf '#include <math.h>\ndouble probe(double x) { return sqrt(x); }\n' >"$scratch/probe.c"
  $compiler -shared -fPIC "$scratch/probe.c" -o "$scratch/probe.so" -lm >/dev/null 2>&1 </dev/null
}

loads() { "$python" -E -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" >/dev/null 2>&1; }

distribution_python() { # packages of a supported Python that apt-get knows, if any
  for package in python3 python3.12 python3.13 python3.14; do
    case $(apt-cache policy "$package" 2>/dev/null | sed -n 's/^ *Candidate: *//p') in
      3.12.* | 3.13.* | 3.14.*)
        printf '%s\n' "$package $package-venv $package-dev"
        return
        ;;
    esac
  done
}

# Sets python, missing (readable lines) and packages (for apt-get).
survey() {
  missing='' packages=''
  if [ -x "$venv/bin/python" ] && [ -z "${PYTHON:-}" ] && examine "$venv/bin/python" && supported && [ -z "$lacks" ]; then
    python=$venv/bin/python
  else
    find_python
  fi
  if [ -n "${PYTHON:-}" ] && [ -z "$python" ]; then
    stop "PYTHON=$PYTHON cannot be used, Python 3.12, 3.13 or 3.14 is needed:$rejected"
  fi
  if [ -z "$python" ]; then
    version='' compiler=${CC:-cc}
    lack "Python 3.12, 3.13 or 3.14${rejected:+; looked at:}$rejected" "$(distribution_python)"
  elif [ -n "$lacks" ]; then
    minor=${version%.*}
    case $python in
      /usr/bin/*) lack "$lacks of $python" "python$minor-venv python$minor-dev" ;;
      *) lack "$lacks of $python: install that Python anew with it, or choose another with PYTHON=/path/to/python3" ;;
    esac
  fi
  compiles || lack "a C compiler that works as '$compiler' (the form compiler calls it; CC=... names another)" gcc libc6-dev
  absent='' absent_packages=''
  for entry in $gmsh_libraries; do
    if [ -z "$python" ] || ! loads "${entry%%=*}"; then
      absent="$absent ${entry%%=*}" absent_packages="$absent_packages ${entry#*=}"
    fi
  done
  if [ -z "$python" ]; then
    lack "perhaps the libraries that Gmsh needs (looked for once there is a Python):$absent" "$absent_packages"
  elif [ -n "$absent" ]; then
    lack "libraries that Gmsh needs:$absent" "$absent_packages"
  fi
  packages=$(printf '%s' "$packages" | tr -s ' ' | sed 's/^ //')
}

refuse_other_platforms() { # DOLFINx is published as a wheel for one platform only
  case $platform in linux-x86_64) enough=yes ;; *) enough=no ;; esac
  case $libc in
    'glibc 2.'[0-9] | 'glibc 2.'[0-2][0-9] | 'glibc 2.3'[0-3] | 'no glibc') enough=no ;;
  esac
  [ "$enough" = yes ] || stop "the pinned DOLFINx needs Linux on x86_64 with glibc 2.34 or newer; this is $platform with $libc." \
    "docs/installation.md tells how to use a DOLFINx from conda or Spack instead."
}

no_python_advice() {
  [ -n "$python" ] || [ -n "$(distribution_python)" ] || say "this system's packages offer no such Python (or their list is" \
    "empty: apt-get update). Install one, for example with 'pyenv install 3.12' or 'uv python install 3.12'," \
    "and call again; PYTHON=/path/to/python3 names one in an unusual place."
}

have_apt() { command -v apt-get >/dev/null 2>&1; }

require_system() { # install what is missing when that is allowed, otherwise say what to do and stop
  survey
  [ -n "$missing" ] || return 0
  say "this system lacks:$missing"
  if [ "$check_only" = no ] && have_apt && [ "$(id -u)" = 0 ]; then
    say "running apt-get update"
    apt-get update -qq >"$scratch/apt.log" 2>&1 || say "apt-get update failed; going on with the lists that are there"
    survey
    if [ -z "$packages" ] || { [ -z "$python" ] && [ -z "$(distribution_python)" ]; }; then
      no_python_advice
      exit 1
    fi
    say "installing with apt-get: $packages"
    # shellcheck disable=SC2086  # a list of package names
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages >"$scratch/apt.log" 2>&1 || {
      tail -n 15 "$scratch/apt.log" >&2
      stop "apt-get could not install them"
    }
    survey
    if [ -n "$missing" ]; then
      say "still missing:$missing"
      no_python_advice
      exit 1
    fi
  else
    if have_apt && [ -n "$packages" ]; then
      say "please run:"
      printf '\n  sudo apt-get update && sudo apt-get install --no-install-recommends %s\n\n' "$packages" >&2
    fi
    have_apt || say "please install these with your system's package manager; docs/installation.md has more."
    no_python_advice
    exit 1
  fi
}

# --- The environment ------------------------------------------------------------------------------------------------

install() { # uv where there is a working one, else pip; both read the user's own settings
  if uv --version >/dev/null 2>&1; then
    UV_PYTHON_DOWNLOADS=never uv pip install --quiet --python "$venv/bin/python" "$@" && return
    say "uv could not install; trying pip"
  fi
  "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check "$@"
}

make_environment() {
  if [ -e "$unfinished" ] || ! grep -q -F "$venv" "$venv/bin/activate" 2>/dev/null ||
    ! "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
    [ "$("$venv/bin/python" -V 2>&1)" != "$("$python" -V 2>&1)" ]; then
    if [ "$python" = "$venv/bin/python" ]; then # it cannot rebuild itself
      find_python
      [ -n "$python" ] && [ -z "$lacks" ] || stop "no complete Python 3.12, 3.13 or 3.14 besides the one in .venv:$rejected"
    fi
    say "making .venv with $python (Python $version)"
    "$python" -m venv --clear "$venv"
  fi
  rm -f "$stamp"
  : >"$unfinished"
  say "installing the pinned versions (the first time about 600 MB to download)"
  install --require-hashes -r "$lock" || stop "the pinned versions could not be installed; the lines above say why"
  install --no-deps --no-build-isolation -e "$root" || stop "jadeite itself could not be installed"
}

self_test() {
  say "testing two MPI ranks, the form compiler and Gmsh"
  limit=$(command -v timeout || true)
  OMP_NUM_THREADS=1 ${limit:+"$limit" 300} "$venv/bin/mpirun" -n 2 "$venv/bin/python" "$root/.ci/self_test.py" </dev/null ||
    stop "the self-test failed; docs/installation.md lists the known causes"
}

case ${1:-} in
  '') check_only=no ;;
  --check) check_only=yes ;;
  *) stop "unknown argument $1; the only one is --check" ;;
esac
if [ "$check_only" = no ] && up_to_date; then exit 0; fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

require_system
refuse_other_platforms
if [ "$check_only" = yes ]; then
  say "nothing is missing; Python $version at $python"
  exit 0
fi
make_environment
self_test
rm -f "$unfinished"
fingerprint >"$stamp.new"
mv "$stamp.new" "$stamp"
say "ready: .venv/bin/jadeite"
