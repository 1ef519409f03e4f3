# What run, test and dev need to know about the machine they are started on. Sourced by them; needs $top, the repository's folder.

# Administrators' programs are often outside an ordinary user's PATH.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# A service may be started without it, and dotnet keeps its packages there.
export HOME="${HOME:-$(getent passwd "$EUID" | cut -d: -f6)}"

# Quiet and in English, so that its output can be read by a script. No build server stays behind: it would hold memory, and our output open.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en DOTNET_GENERATE_ASPNET_CERTIFICATE=false

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Sets $sdk to the version of the .NET SDK. Ends with a sentence when there is none that global.json accepts.
need_dotnet() {
  local wanted folder
  wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$top/global.json")
  for folder in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/lib/dotnet /usr/share/dotnet /opt/dotnet; do
    if ! command -v dotnet >/dev/null && [[ -n $folder && -x $folder/dotnet ]]; then
      PATH="$folder:$PATH"
    fi
  done
  command -v dotnet >/dev/null ||
    fail "The .NET SDK $wanted or newer is needed, and there is no 'dotnet' on this machine. Get it from https://dotnet.microsoft.com/download/dotnet/10.0"
  if ! sdk=$(cd "$top" && dotnet --version 2>&1); then
    say "$sdk"
    fail "The .NET SDK $wanted or newer (of .NET 10) is needed, and 'dotnet' here does not have it. Get it from https://dotnet.microsoft.com/download/dotnet/10.0"
  fi
}

# need_packages WHY PROGRAM=PACKAGE…: installs the Debian packages of the programs that are missing, or says how to.
# Without PROGRAM the package itself is asked for. Returns 1 when something is still missing.
need_packages() {
  local why=$1 pair program package missing=()
  shift
  for pair in "$@"; do
    program=${pair%%=*} package=${pair#*=}
    if [[ -n $program ]]; then
      command -v "$program" >/dev/null || missing+=("$package")
    else
      [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    fi
  done
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    say "Missing Debian packages: ${missing[*]} ($why). Install them with: sudo apt-get install --no-install-recommends ${missing[*]}"
    return 1
  fi
  if ! command -v apt-get >/dev/null; then
    say "Missing programs, by the names of their Debian packages: ${missing[*]} ($why). This machine has no apt-get; install them its own way."
    return 1
  fi

  say "Installing Debian packages: ${missing[*]} ($why)"
  local output
  if ! output=$(apt-get update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" 2>&1); then
    say "$output"
    say "They could not all be installed; going on without."
    return 1
  fi
}

need_product_packages() {
  need_packages "the product archives with tar, compresses with zstd and lzop, copies with rsync, makes sample disks with e2fsprogs, puts files into containers with bsdtar" \
    tar=tar zstd=zstd lzop=lzop rsync=rsync setsid=util-linux mke2fs=e2fsprogs bsdtar=libarchive-tools
}

# Runs a command and shows what it said only when it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || {
    local code=$?
    say "$output"
    return "$code"
  }
}
