#!/usr/bin/env bash
# Runs a command beside a private, throw-away PostgreSQL and Redis:
#
#     tests/with-servers.sh cargo test --workspace
#
# Both listen on free loopback ports, keep their files in a temporary folder, and are stopped, by their process
# numbers, when the command ends or is interrupted. Servers that already run are never touched; several copies of
# this script may run at once. The command finds them by LIANJIAN_TEST_POSTGRES_URL and LIANJIAN_TEST_REDIS_URL.
# The database trusts everybody who reaches it, so it must stay on loopback. LIANJIAN_TEST_FSYNC=off (as `make test` sets it)
# spares it the disk: the tests kill processes, not machines, and what was written survives that. Figures need it on.
#
# Exit code: the command's; 2 without a command; 3 when the servers cannot be had, with the reason.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT]…" >&2; exit 2; }

fail() { echo "with-servers: $*" >&2; exit 3; }

# The newest folder whose initdb, postgres and pg_ctl all run. What is first on the PATH is not always whole.
find_postgres() {
    local dir found=""
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin | sort -rV) \
        $(command -v initdb >/dev/null 2>&1 && dirname "$(readlink -f "$(command -v initdb)")"); do
        for tool in initdb postgres pg_ctl; do
            "$dir/$tool" --version >/dev/null 2>&1 || continue 2
        done
        found=$dir
        break
    done
    [ -n "$found" ] && echo "$found"
}

install_missing() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 0
    echo "with-servers: installing $*" >&2
    # Debian starts what it installs; neither a cluster nor a service is wanted here.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
    local policy=""
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    {
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }
    } >&2 || true
    [ -z "$policy" ] || rm -f "$policy"
}

PGBIN=$(find_postgres || true)
REDIS=$(command -v redis-server || true)
wanted=()
[ -n "$PGBIN" ] || wanted+=(postgresql)
[ -n "$REDIS" ] || wanted+=(redis-server)
if [ ${#wanted[@]} -gt 0 ]; then
    install_missing "${wanted[@]}"
    PGBIN=$(find_postgres || true)
    REDIS=$(command -v redis-server || true)
fi
[ -n "$PGBIN" ] || fail "no working PostgreSQL (initdb, postgres, pg_ctl): on Debian run 'apt-get install postgresql' as root"
[ -n "$REDIS" ] || fail "no redis-server: on Debian run 'apt-get install redis-server' as root"

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || fail "root cannot run PostgreSQL and there is no user 'postgres': run as another user"
    if command -v runuser >/dev/null 2>&1; then
        as_owner() { (cd / && runuser -u postgres -- "$@"); }
    else
        as_owner() { (cd / && su -s /bin/sh postgres -c "exec $(printf '%q ' "$@")"); }
    fi
    OWNER=postgres
else
    as_owner() { "$@"; }
    OWNER=$(id -un)
fi

# Short, because a socket's path may have 107 bytes.
HOME_DIR=$(mktemp -d "${TMPDIR:-/tmp}/lj-srv.XXXXXX")
mkdir "$HOME_DIR/pg" "$HOME_DIR/redis"
chmod 755 "$HOME_DIR"
chmod 700 "$HOME_DIR/pg" "$HOME_DIR/redis"
[ "$OWNER" = "$(id -un)" ] || chown -R "$OWNER" "$HOME_DIR/pg" "$HOME_DIR/redis"

child=""
# Asks a process of ours to end and waits for it; it is not always our child, so `wait` would not do.
stop_pid() {
    local pid=$1 signal=$2 tries=0
    [ -n "$pid" ] || return 0
    kill "-$signal" "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || { kill -KILL "$pid" 2>/dev/null || true; break; }
        sleep 0.05
    done
}
clean_up() {
    trap - EXIT INT TERM HUP
    # INT is PostgreSQL's fast shutdown; the files go anyway, so QUIT (no checkpoint) is enough.
    stop_pid "$(head -n1 "$HOME_DIR/pg/postmaster.pid" 2>/dev/null || true)" QUIT
    stop_pid "$(cat "$HOME_DIR/redis/redis.pid" 2>/dev/null || true)" TERM
    rm -rf "$HOME_DIR"
}
interrupted() {
    # The command has a process group of its own (see below): the whole of it is told.
    [ -z "$child" ] || { kill "-$1" -- "-$child" 2>/dev/null || true; wait "$child" 2>/dev/null || true; }
    clean_up
    exit "$2"
}
trap clean_up EXIT
trap 'interrupted INT 130' INT
trap 'interrupted TERM 143' TERM
trap 'interrupted HUP 129' HUP

free_port() {
    local port
    while :; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

as_owner "$PGBIN/initdb" -D "$HOME_DIR/pg" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
    >"$HOME_DIR/initdb.log" 2>&1 || { cat "$HOME_DIR/initdb.log" >&2; fail "initdb failed"; }
cat >>"$HOME_DIR/pg/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
max_connections = 300
shared_buffers = 64MB
fsync = ${LIANJIAN_TEST_FSYNC:-on}
synchronous_commit = on
max_wal_size = 4GB
checkpoint_timeout = 1h
autovacuum_naptime = 1h
log_min_messages = fatal
lc_messages = 'C'
timezone = 'UTC'
CONF

# Between looking for a free port and using it, another may take it: try again with another one.
started=""
for _ in 1 2 3 4 5; do
    PG_PORT=$(free_port)
    if as_owner "$PGBIN/pg_ctl" -D "$HOME_DIR/pg" -l "$HOME_DIR/pg/server.log" -w -t 60 -s \
        -o "-p $PG_PORT -k $HOME_DIR/pg" start >/dev/null 2>&1; then
        started=yes
        break
    fi
done
[ -n "$started" ] || { tail -n 20 "$HOME_DIR/pg/server.log" >&2 || true; fail "PostgreSQL did not start"; }

started=""
for _ in 1 2 3 4 5; do
    REDIS_PORT=$(free_port)
    as_owner "$REDIS" --port "$REDIS_PORT" --bind 127.0.0.1 --save '' --appendonly no --dir "$HOME_DIR/redis" \
        --daemonize yes --pidfile "$HOME_DIR/redis/redis.pid" --logfile "$HOME_DIR/redis/server.log" >/dev/null 2>&1 || true
    for _ in $(seq 100); do
        if [ -s "$HOME_DIR/redis/redis.pid" ] && (exec 3<>"/dev/tcp/127.0.0.1/$REDIS_PORT") 2>/dev/null; then
            started=yes
            break 2
        fi
        sleep 0.02
    done
done
[ -n "$started" ] || { tail -n 20 "$HOME_DIR/redis/server.log" >&2 || true; fail "Redis did not start"; }

export LIANJIAN_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$PG_PORT/postgres"
export LIANJIAN_TEST_REDIS_URL="redis://127.0.0.1:$REDIS_PORT/"
echo "with-servers: $("$PGBIN/postgres" --version) on 127.0.0.1:$PG_PORT, Redis on 127.0.0.1:$REDIS_PORT, files in $HOME_DIR" >&2

# A process group of its own, so that an interruption reaches the tests behind cargo too and not the servers first.
set -m
"$@" </dev/null &
child=$!
set +m
code=0
wait "$child" || code=$?
child=""
exit "$code"
