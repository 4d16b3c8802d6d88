#!/usr/bin/env bash
# The example of Attachment 1 (劳动用工监管) goes from draft to published, each department with an account of its own:
# 区人社局 submits, 区市场监管局 and 区税务局 confirm, 区司法局 passes the legal review, 区市场监管局 accepts and publishes.
# Uses LIANJIAN_URL, LIANJIAN_USERNAME, LIANJIAN_PASSWORD (an administrator that may create accounts). May be run again.
set -euo pipefail
url=${LIANJIAN_URL:-http://127.0.0.1:8080}
password='Tour-clerk-2026!'

json() { python3 -c "import json,sys; d=json.load(sys.stdin); print($1)"; }
login() { # username password
  curl -sS --fail-with-body "$url/v1/auth/token" -H 'content-type: application/json' \
    -d "{\"username\":\"$1\",\"password\":\"$2\"}" | json 'd["access_token"]'
}
admin=$(login "${LIANJIAN_USERNAME:?}" "${LIANJIAN_PASSWORD:?}")
account() { # username organ roles
  curl -sS -o /dev/null "$url/v1/accounts" -H "authorization: Bearer $admin" -H 'content-type: application/json' \
    -d "{\"username\":\"$1\",\"display_name\":\"$1\",\"department\":\"$2\",\"roles\":$3,\"password\":\"$password\"}"
  login "$1" "$password"
}
rsj=$(account tour.rsj nz-rsj '["lead_editor"]')
scjg=$(account tour.scjg nz-scjg '["coop_editor"]')
swj=$(account tour.swj nz-swj '["coop_editor"]')
sfj=$(account tour.sfj nz-sfj '["legal"]')

item=$(curl -sS --fail-with-body "$url/v1/supervision-items?limit=1" -H "authorization: Bearer $rsj" | json 'd["items"][0]["id"]')
step() { # token action organ
  printf '%-12s %-14s → ' "$3" "$2"
  curl -sS --fail-with-body -X POST "$url/v1/supervision-items/$item/$2" -H "authorization: Bearer $1" \
    -H 'content-type: application/json' -d '{}' | json 'd["state"]'
}
step "$rsj" submit 区人社局
step "$scjg" confirm 区市场监管局
step "$swj" confirm 区税务局
step "$sfj" legal-pass 区司法局
step "$admin" accept 区市场监管局
step "$admin" publish 区市场监管局
echo "published: $url/v1/supervision-items/$item"
