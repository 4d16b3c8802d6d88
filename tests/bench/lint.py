"""Figures of the linter: 200 plans against a registry of 60,000 subjects. Called by run.sh after the binaries are built:

    python3 tests/bench/lint.py TARGET [SUBJECTS [PLANS]]

Two figures: the rules alone, on 60,000 subjects with three entries each (the example `bench_lint` of crates/rules), and the whole
way over HTTP through the gateway, one plan after the other. The floor of the second is the same number of plain plan views.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TARGET = sys.argv[1]
SUBJECTS = int(sys.argv[2]) if len(sys.argv) > 2 else 60_000
PLANS = int(sys.argv[3]) if len(sys.argv) > 3 else 200
BIN, EXAMPLE = (os.path.join(TARGET, "release", *p) for p in (("lianjian",), ("examples", "bench_lint")))
WORK = tempfile.mkdtemp(prefix="lianjian-lint-")
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def uscc(n):
    body = "LNT%05d" % (n + 1)
    r = 11 - sum(LETTERS.index(c) * w for c, w in zip(body, [3, 7, 9, 10, 5, 8, 4, 2])) % 11
    code = "91610703" + body + ("X" if r == 10 else "0" if r == 11 else str(r))
    return code + ALPHABET[(31 - sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code)) % 31) % 31]


def call(method, url, token=None, body=None, media="application/json"):
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, method=method, data=data)
    if body is not None:
        request.add_header("content-type", media)
    if token:
        request.add_header("authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:
            return answer.headers, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as e:
        raise SystemExit(f"{method} {url}: {e.code} {e.read()[:2000]!r}") from e


def line(figure, unit, value, floor=None, at_most=""):
    ratio = f"{value / floor:.2f}" if floor else "-"
    print(f"{figure:<64}{value:>10.3f} {unit:<4} floor {floor or 0:>8.3f}  ratio {ratio:>5}  {at_most}", flush=True)


def login(base, name, password):
    return call("POST", base + "/v1/auth/token", None, {"username": name, "password": password})[1]["access_token"]


def registry(base, token):
    """Subjects of the registry, imported as one file."""
    rows = ({"name": f"汉中南郑样例{n}号有限公司", "identifier": uscc(n), "region_code": "610703102", "industry": "6210"}
            for n in range(SUBJECTS))
    data = "\n".join(json.dumps(r, ensure_ascii=False) for r in rows).encode()
    headers, started = call("POST", base + "/v1/subject-imports", token, data, "application/x-ndjson")
    while True:
        state = call("GET", f"{base}/subjects/v1/operations/{started['operation_id']}", token)[1]
        if state["state"] != "running":
            assert state["state"] == "succeeded", state
            return
        time.sleep(0.1)


def plans(base, token):
    ids = []
    for n in range(PLANS):
        body = {"year": 2026, "name": f"样例联合检查计划{n}", "method": "double_random", "subject_desc": "辖区内企业",
                "subject_filter": {"kinds": ["enterprise"], "regions": ["610703"]}, "quantity_text": "5%，每年1次",
                "period_text": "2026年3月—11月", "lead": {"item_text": f"对样例事项{n}的检查"},
                "cooperating": [{"department": "nz-scjg", "item_text": "对市场主体登记事项的检查"}],
                "strata": [{"name": "A类", "risk_class": "A", "ratio_per_ten_thousand": 100},
                           {"name": "D类", "risk_class": "D", "ratio_per_ten_thousand": 5000}]}
        ids.append(call("POST", base + "/v1/plans", token, body)[1]["id"])
    return ids


def timed(urls, token):
    began = time.perf_counter()
    answers = [call("GET", url, token)[1] for url in urls]
    return time.perf_counter() - began, answers


def main():
    alone = json.loads(subprocess.run([EXAMPLE], check=True, capture_output=True, text=True).stdout)
    line("lint of 200 plans against 60,000 subjects, rules alone", "s", alone["seconds"], None, "5 s at most")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.startswith("LIANJIAN_TEST")}
    env |= {"LIANJIAN_DATA_DIR": os.path.join(WORK, "data"), "LIANJIAN_GATEWAY_ADDR": f"127.0.0.1:{port}",
            "LIANJIAN_ADMIN_PASSWORD": "Bench-admin-2026!", "LIANJIAN_SUBJECTS_LOAD_SAMPLES": "false", "LIANJIAN_LOG": "error",
            "LIANJIAN_GATEWAY_RATE_PER_MINUTE": "100000000"}
    server = subprocess.Popen([BIN, "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(base + "/readyz", timeout=5)
                break
            except OSError:
                time.sleep(0.05)
        admin = login(base, "admin", "Bench-admin-2026!")
        first, later = "first-harbour-001", "later-lantern-001"
        call("POST", base + "/v1/accounts", admin, {"username": "bench", "display_name": "样例", "department": "nz-rsj",
                                                    "roles": ["lead_editor"], "password": first})
        token = login(base, "bench", first)
        call("POST", base + "/v1/accounts/me/password", token, {"old_password": first, "new_password": later})
        token = login(base, "bench", later)
        registry(base, token)
        ids = plans(base, token)
        timed([f"{base}/v1/plans/{ids[0]}/lint"], token)
        floor, _ = timed([f"{base}/v1/plans/{i}" for i in ids], token)
        took, answers = timed([f"{base}/v1/plans/{i}/lint" for i in ids], token)
        assert all(len(a["certificate_digest"]) == 64 and a["report"]["verdicts"] for a in answers)
        line(f"lint of {PLANS} plans, registry of {SUBJECTS:,}, over HTTP, SQLite", "s", took, floor, "5 s at most")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


try:
    main()
finally:
    shutil.rmtree(WORK, ignore_errors=True)
