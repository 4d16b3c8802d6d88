#!/usr/bin/env bash
# Figures on this machine: `make bench`. Prints a table and writes target/bench.json; each row is a figure, the floor
# measured in the same run, and their ratio. Needs PostgreSQL, wrk, nginx, haproxy and openssl (Debian packages of those names).
set -euo pipefail
cd "$(dirname "$0")/../.."
missing=()
for tool in wrk nginx haproxy openssl python3; do
  command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "bench needs: ${missing[*]}; on Debian or Ubuntu: apt-get install ${missing[*]}" >&2
  exit 3
fi
cargo build --release -p cli --locked
cargo build --release -p draw --example bench_draw --locked
python3 -B tests/bench/draws.py "${CARGO_TARGET_DIR:-target}"
cargo build --release -p rules --example bench_lint --locked
python3 -B tests/bench/lint.py "${CARGO_TARGET_DIR:-target}"
exec tests/with-servers.sh python3 -B tests/bench/bench.py "${CARGO_TARGET_DIR:-target}" "$@"
