#!/usr/bin/env bash
# Real input: the two lists of companies of a 双随机 system become the frame of a draw, its check tables the templates of
# 区市场监管局; the draw is committed, run a few seconds later and proved by both verifiers.
#
#     tests/tour/draw-companies.sh FOLDER [N]      FOLDER holds inspected_companies_list0{1,2}.csv and inspection_checklists.csv
#
# Uses LIANJIAN_URL, LIANJIAN_USERNAME, LIANJIAN_PASSWORD (an administrator that may create accounts). May be run again.
set -euo pipefail
url=${LIANJIAN_URL:-http://127.0.0.1:8080}
folder=${1:?"usage: $0 FOLDER [N]"}
n=${2:-100}
password='Tour-clerk-2026!'
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

json() { python3 -c "import json,sys; d=json.load(sys.stdin); print($1)"; }
login() { # username password
  curl -sS --fail-with-body "$url/v1/auth/token" -H 'content-type: application/json' \
    -d "{\"username\":\"$1\",\"password\":\"$2\"}" | json 'd["access_token"]'
}
admin=$(login "${LIANJIAN_USERNAME:?}" "${LIANJIAN_PASSWORD:?}")
curl -sS -o /dev/null "$url/v1/accounts" -H "authorization: Bearer $admin" -H 'content-type: application/json' \
  -d "{\"username\":\"tour.draw\",\"display_name\":\"tour.draw\",\"department\":\"nz-scjg\",\"roles\":[\"lead_editor\"],\"password\":\"$password\"}"
editor=$(login tour.draw "$password")
call() { # method path body-file
  curl -sS --fail-with-body -X "$1" "$url$2" -H "authorization: Bearer $editor" -H 'content-type: application/json' --data-binary "@$3"
}

# The lists name companies by credit code or old register number; the frame takes them as they stand, once each.
python3 - "$folder" "$work" "$n" <<'PY'
import csv, datetime, json, pathlib, sys
folder, work, n = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
ids = []
for name in ("inspected_companies_list01.csv", "inspected_companies_list02.csv"):
    with open(folder / name, encoding="utf-8-sig", newline="") as file:
        ids += [row["注册号/统一社会信用代码"].strip() for row in csv.DictReader(file)]
(work / "frame.json").write_text(json.dumps({"stratum": "ALL", "ids": ids}))
now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
day = lambda d: (now + datetime.timedelta(days=d)).date().isoformat()
(work / "draw.json").write_text(json.dumps({
    "plan_code": f"PLAN-{now.year}-REAL", "entropy_moment": (now + datetime.timedelta(seconds=20)).isoformat().replace("+00:00", "Z"),
    "sources": [{"kind": "public_text", "name": "tour"}], "strata": [{"name": "ALL", "sample_size": n}],
    "visit_from": day(7), "visit_to": day(60)}))
(work / "entropy.json").write_text(json.dumps({"values": [{"name": "tour", "value": f"drawn {now.isoformat()}"}]}))
(work / "note.json").write_text("{}")
print(f"{len(ids)} companies, {len(set(ids))} different ids")
PY

LIANJIAN_URL=$url LIANJIAN_TOKEN=$editor lianjian checklists import "$folder/inspection_checklists.csv" --write -o json |
  json '"%s check tables, %s rows of the paper forms left out" % (d["accepted"], d["skipped"])'
draw=/v1/draws/$(call POST /v1/draws "$work/draw.json" | json 'd["id"]')
call POST "$draw/frame" "$work/frame.json" >/dev/null
call POST "$draw/freeze" "$work/note.json" | json '"frozen: %s subjects, root %s" % (d["frame_size"], d["strata"][0]["frame_root"])'
call POST "$draw/commit" "$work/note.json" | json '"committed: %s" % d["commit"]'
sleep 21
call POST "$draw/entropy" "$work/entropy.json" >/dev/null
call POST "$draw/run" "$work/note.json" | json '"drawn: state %s" % d["state"]'
curl -sS --fail-with-body "$url$draw/transcript" -H "authorization: Bearer $editor" -o "$work/transcript.json"
lianjian draw verify "$work/transcript.json"
python3 -B "$(dirname "$0")/../python/draw_verify.py" "$work/transcript.json"
echo "transcript: $url$draw/transcript"
