#!/bin/sh
# Makes deploy/secrets for compose.postgres.yaml; run as root, once. Files that are there stay as they are.
# 生成 compose.postgres.yaml 所需的密钥与口令；以 root 运行一次，已有文件不改动。
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets

random() { od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# keep NAME UID: takes the file's text from standard input; readable by the user of its container and nobody else.
keep() {
    if [ -e "secrets/$1" ]; then
        echo "kept   secrets/$1"
        cat >/dev/null
        return
    fi
    cat >"secrets/$1.new"
    chmod 0400 "secrets/$1.new"
    if [ "$(id -u)" = 0 ]; then chown "$2:$2" "secrets/$1.new"; fi
    mv "secrets/$1.new" "secrets/$1"
    echo "made   secrets/$1"
}

random 32 | keep master.key 10001
random 32 | keep service.key 10001
random 12 | keep admin.password 10001
random 24 | keep postgres.password 999
if [ ! -e secrets/redis.conf ] || [ ! -e secrets/lianjian.toml ]; then
    rm -f secrets/redis.conf secrets/lianjian.toml
    redis=$(random 24)
    printf 'requirepass %s\n' "$redis" | keep redis.conf 999
    printf 'database_url = "postgres://lianjian:%s@postgres:5432/lianjian"\nredis_url = "redis://:%s@redis:6379"\n' \
        "$(cat secrets/postgres.password)" "$redis" | keep lianjian.toml 10001
fi
if [ "$(id -u)" != 0 ]; then
    echo "not root: give secrets/{master.key,service.key,admin.password,lianjian.toml} to uid 10001, the others to uid 999" >&2
fi
echo "Keep a copy of master.key elsewhere: without it no encrypted field can be read. (master.key 须另行备份)"
