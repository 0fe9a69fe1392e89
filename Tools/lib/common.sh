# What the scripts in Tools/ share. Source it after setting `root` to the folder of the package.
# Results go to standard output; what the scripts say about themselves goes to standard error.

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$@"
  exit 1
}

# The folder that swift builds in; SwiftPM reads the same variable.
build_folder=${SWIFTPM_BUILD_DIR:-$root/.build}
case $build_folder in /*) ;; *) build_folder=$PWD/$build_folder ;; esac

require_swift() {
  command -v swift >/dev/null 2>&1 && return
  die "Swift 6.2 or later is needed, and no 'swift' is in the PATH." \
    "Get it from https://www.swift.org/install/ and try again."
}

# MARK: System libraries

# Installs what is missing of the system libraries: OpenBLAS, zlib and OpenSSL, and oneDNN if it can be had.
require_libraries() {
  if ! command -v apt-get >/dev/null 2>&1; then
    require_headers
    return
  fi
  local missing=()
  is_installed libopenblas-dev || missing+=(libopenblas-dev)
  is_installed zlib1g-dev || missing+=(zlib1g-dev)
  is_installed libssl-dev || missing+=(libssl-dev)
  if ((${#missing[@]})); then
    update_package_lists
    install_packages "${missing[@]}" || die "Install ${missing[*]} and try again: apt-get install ${missing[*]}"
  fi
  # One try is enough: where oneDNN cannot be had, later runs should start at once.
  local tried=$build_folder/onednn-unavailable
  if ! is_installed libdnnl-dev && ! [ -e "$tried" ]; then
    update_package_lists
    if install_packages libdnnl-dev; then
      # SwiftPM remembers what the manifest said before the library was there.
      swift package purge-cache >/dev/null 2>&1 || true
    else
      say "Going on without oneDNN (libdnnl-dev): convolutions will be slower." \
        "It is not asked for again until $tried is removed."
      mkdir -p "$build_folder" && touch "$tried"
    fi
  fi
}

is_installed() { [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Whether somebody is there to be asked for a password.
has_terminal=
if [ -t 2 ]; then has_terminal=yes; fi

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null 2>&1; then
    printf 'it takes the superuser, and there is no sudo\n'
    return 1
  elif [ -n "$has_terminal" ]; then
    sudo "$@"
  else
    sudo --non-interactive "$@"
  fi
}

package_lists_are_new=

update_package_lists() {
  [ -n "$package_lists_are_new" ] && return
  package_lists_are_new=yes
  say "Updating the package lists (apt-get update)"
  # Without a network the old lists may do.
  as_root apt-get update --quiet=2 </dev/null >/dev/null 2>&1 || say "  the lists could not be updated: going on with the old ones"
}

install_packages() {
  say "Installing $* (apt-get install)"
  local log
  log=$(as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet=2 --no-install-recommends "$@" </dev/null 2>&1) && return
  printf '%s\n' "$log" | tail -n 5 | sed 's/^/  /' >&2
  return 1
}

# Without apt the libraries can come from anywhere: their headers show that they are there.
require_headers() {
  local missing=()
  has_header cblas.h || missing+=("OpenBLAS (cblas.h)")
  has_header zlib.h || missing+=("zlib (zlib.h)")
  # Digests are CryptoKit's there.
  [ "$(uname -s)" = Darwin ] || has_header evp.h || missing+=("OpenSSL (openssl/evp.h)")
  ((${#missing[@]} == 0)) && return
  say "This system has no apt-get. Install, with their headers:"
  for library in "${missing[@]}"; do say "  $library"; done
  die "  and oneDNN (dnnl.h) if you like: convolutions are faster with it"
}

has_header() {
  local folder sdk
  sdk=$(xcrun --show-sdk-path 2>/dev/null || true)
  for folder in /usr/include /usr/local/include /opt/homebrew/include ${sdk:+"$sdk/usr/include"}; do
    [ -n "$(find -L "$folder" -maxdepth 3 -name "$1" -print -quit 2>/dev/null)" ] && return
  done
  return 1
}

# MARK: Building

# Runs a build quietly: on a terminal its last line shows how far it is, and only a failure shows all that it said.
quietly() {
  local log status=0
  log=$(mktemp)
  if [ -n "$has_terminal" ]; then
    "$@" </dev/null >"$log" 2>&1 &
    local build=$!
    # An interrupted wait must not leave the build running.
    trap 'kill "$build" 2>/dev/null; rm -f "$log"; printf "\r\033[K" >&2; exit 130' INT TERM
    while kill -0 "$build" 2>/dev/null; do
      printf '\r%s\033[K' "$(tail -n 1 "$log" | cut -c "1-$(($(tput cols 2>/dev/null || echo 80) - 1))")" >&2
      sleep 0.2
    done
    wait "$build" || status=$?
    trap - INT TERM
    printf '\r\033[K' >&2
  else
    "$@" </dev/null >"$log" 2>&1 || status=$?
  fi
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    say "failed: $*"
  fi
  rm -f "$log"
  return "$status"
}
