#!/usr/bin/env bash
# Usage: scripts/with-services.sh COMMAND [ARGUMENT...]
#
# Runs COMMAND beside a throw-away PostgreSQL and Redis on free loopback ports and tells
# it where they are: PLACET_TEST_POSTGRES, PLACET_TEST_REDIS, PLACET_TEST_CHROMIUM. What is missing
# is installed from Debian packages. Whatever happens to COMMAND, both servers and their
# files are gone afterwards; databases that already run on this machine are not touched.
set -euo pipefail

say() { printf 'with-services: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

[ $# -gt 0 ] || die "nothing to run; usage: scripts/with-services.sh COMMAND [ARGUMENT...]"

# --- what is here -----------------------------------------------------------------------

postgres_bin() {
  local initdb
  initdb=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
  [ -n "$initdb" ] || initdb=$(command -v initdb || true)
  [ -n "$initdb" ] && dirname "$initdb"
}
chromium_path() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
c_compiler() { printf '#include <stdlib.h>\n' | gcc -E - >/dev/null 2>&1; } # the race detector links with C

missing=()
c_compiler || missing+=(gcc libc6-dev)
postgres_bin >/dev/null || missing+=(postgresql)
command -v redis-server >/dev/null || missing+=(redis-server)
chromium_path >/dev/null || missing+=(chromium fonts-liberation fonts-dejavu-core)

if [ ${#missing[@]} -gt 0 ]; then
  root=()
  if [ "$(id -u)" -ne 0 ]; then root=(sudo); fi
  command -v apt-get >/dev/null ||
    die "missing: ${missing[*]} (Debian names), and there is no apt-get here; install them, or run 'go test ./...', which skips what needs them"
  [ ${#root[@]} -eq 0 ] || command -v sudo >/dev/null ||
    die "missing: ${missing[*]}; run 'apt-get install ${missing[*]}' as root, or 'go test ./...', which skips what needs them"
  say "installing ${missing[*]}"
  log=$(mktemp)
  if ! { "${root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update &&
         "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
           install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    die "could not install ${missing[*]}; the whole output is in $log"
  fi
  rm -f "$log"
fi

# --- a place of our own, and how it goes away -------------------------------------------

# Job control gives each child its own process group: Ctrl-C reaches this script alone, which
# then stops the command with everything it started, and the servers last.
set -m
dir=$(mktemp -d "${TMPDIR:-/tmp}/placet-services.XXXXXX")
chmod 0711 "$dir" # the postgres user must pass through
pg=$(postgres_bin)
command_pid='' redis_pid=''

as_postgres=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
  as_postgres=(runuser -u postgres --)
fi

clean_up() {
  trap - EXIT INT TERM HUP
  set +e
  if [ -n "$command_pid" ] && kill -0 "$command_pid" 2>/dev/null; then
    kill -TERM -- "-$command_pid" 2>/dev/null
    for _ in $(seq 50); do kill -0 -- "-$command_pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL -- "-$command_pid" 2>/dev/null
  fi
  [ -f "$dir/pg/data/postmaster.pid" ] && (cd "$dir" && "${as_postgres[@]}" "$pg/pg_ctl" -D "$dir/pg/data" -m immediate -w stop >/dev/null 2>&1)
  [ -n "$redis_pid" ] && kill -KILL "$redis_pid" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Below the range from which the kernel hands out ports of its own accord.
random_port() { echo $((20000 + (RANDOM * 32768 + RANDOM) % 10000)); }

# --- PostgreSQL -------------------------------------------------------------------------

mkdir "$dir/pg"
if [ ${#as_postgres[@]} -gt 0 ]; then chown postgres "$dir/pg"; fi
start_postgres() {
  cd "$dir" # a directory the postgres user may stand in
  "${as_postgres[@]}" "$pg/initdb" -D "$dir/pg/data" --username=placet --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; return 1; }
  local try
  for try in 1 2 3 4 5; do
    PGPORT=$(random_port)
    if "${as_postgres[@]}" "$pg/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w -t 60 start \
      -o "-c port=$PGPORT -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir/pg -c max_connections=300" \
      >/dev/null 2>&1; then
      return 0
    fi
  done
  tail -n 20 "$dir/pg/log" >&2
  return 1
}
here=$PWD
start_postgres || die "PostgreSQL did not start"
cd "$here"

# --- Redis ------------------------------------------------------------------------------

redis_answers() {
  local line=''
  { exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'PING\r\n' >&3 && read -r -t 1 -u 3 line && exec 3>&-; } 2>/dev/null
  [[ $line == +PONG* ]]
}
start_redis() {
  local try wait
  for try in 1 2 3 4 5; do
    REDISPORT=$(random_port)
    redis-server --port "$REDISPORT" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir" >"$dir/redis.log" 2>&1 &
    redis_pid=$!
    for wait in $(seq 100); do
      kill -0 "$redis_pid" 2>/dev/null || break
      if redis_answers "$REDISPORT"; then return 0; fi
      sleep 0.05
    done
    kill -KILL "$redis_pid" 2>/dev/null || true
  done
  cat "$dir/redis.log" >&2
  return 1
}
start_redis || die "Redis did not start"

# --- the command ------------------------------------------------------------------------

export PLACET_TEST_POSTGRES="postgres://placet@127.0.0.1:$PGPORT/postgres?sslmode=disable"
export PLACET_TEST_REDIS="redis://127.0.0.1:$REDISPORT"
PLACET_TEST_CHROMIUM=$(chromium_path)
export PLACET_TEST_CHROMIUM
say "PostgreSQL on port $PGPORT, Redis on port $REDISPORT, browser $PLACET_TEST_CHROMIUM"

"$@" &
command_pid=$!
status=0
wait "$command_pid" || status=$?
exit "$status"
