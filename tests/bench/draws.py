"""Figures of draws: a frame of 1,000,000 subjects in three strata, 10,000 drawn, from the frozen frame to stored rows; the
offline verification of its transcript; teams. Called by run.sh after the binaries are built:

    python3 tests/bench/draws.py TARGET [SUBJECTS]

The floor of the draw is measured in the same run: bare hashing of the same bytes (the example `bench_draw`), the plain read of
the frame's rows, and the batch insert of the same number of rows, both with the sqlite3 of Python's library.
"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

TARGET = sys.argv[1]
SUBJECTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
SHARES = [("A", 50, 2_000), ("B", 35, 4_000), ("C", 15, 4_000)]
BIN, EXAMPLE = (os.path.join(TARGET, "release", *p) for p in (("lianjian",), ("examples", "bench_draw")))
WORK = tempfile.mkdtemp(prefix="lianjian-draws-")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def call(method, url, token=None, body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    if body is not None:
        request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:
            return answer.read()
    except urllib.error.HTTPError as e:
        raise SystemExit(f"{method} {url}: {e.code} {e.read()[:2000]!r}") from e


def memory(pid, what):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0.0


class Peak(threading.Thread):
    """The greatest resident size while something runs."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.is_over = pid, 0.0, False

    def run(self):
        while not self.is_over:
            try:
                self.most = max(self.most, memory(self.pid, "VmRSS:"))
            except OSError:
                return
            time.sleep(0.005)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.join()


def line(figure, unit, value, floor=None, at_most=""):
    ratio = f"{value / floor:.2f}" if floor else "-"
    print(f"{figure:<64}{value:>10.3f} {unit:<4} floor {floor or 0:>8.3f}  ratio {ratio:>5}  {at_most}", flush=True)


def floor_of_rows(strata):
    """Plain read of the frame's chunks, plain batch insert of the picks; each the best of three."""
    database = sqlite3.connect(os.path.join(WORK, "data", "inspections.db"))
    reads, writes = [], []
    for attempt in range(3):
        began = time.perf_counter()
        for name, _, _ in strata:
            database.execute("SELECT ids FROM draw_frame_chunk WHERE stratum = ? ORDER BY number", (name,)).fetchall()
        reads.append(time.perf_counter() - began)
    rows = database.execute("SELECT * FROM draw_pick").fetchall()
    schema = database.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'draw_pick' AND sql IS NOT NULL").fetchall()
    marks = ",".join("?" * len(rows[0]))
    for attempt in range(3):
        path = os.path.join(WORK, f"plain{attempt}.db")
        plain = sqlite3.connect(path, isolation_level=None)
        plain.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        for (sql,) in sorted(schema, key=lambda s: not s[0].startswith("CREATE TABLE")):
            plain.execute(sql.replace("REFERENCES draw (id) ON DELETE CASCADE", ""))
        began = time.perf_counter()
        plain.execute("BEGIN IMMEDIATE")
        plain.executemany(f"INSERT INTO draw_pick VALUES ({marks})", rows)
        plain.execute("COMMIT")
        writes.append(time.perf_counter() - began)
    return min(reads), min(writes), len(rows)


def main():
    pure = {}
    for text in subprocess.run([EXAMPLE], check=True, capture_output=True, text=True).stdout.splitlines():
        found = json.loads(text)
        pure[(found["bench"], found.get("suite"))] = found
        if "suite" in found:
            name = f"{found['bench']} of 1,000,000, library alone, {found['suite']}"
            line(name, "s", found["seconds"], found["floor_seconds"], f"{found['peak_mib_above']} MiB above")
        else:
            line(found["bench"], "s", found["seconds"], None, f"1 s at most; spread {found['worst_spread_of_the_always_fit']}")

    port = free_port()
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
        login = {"username": "admin", "password": "Bench-admin-2026!"}
        admin = json.loads(call("POST", base + "/v1/auth/token", None, login))["access_token"]
        first, later = "first-harbour-001", "later-lantern-001"
        drawer = {"username": "bench", "display_name": "样例", "department": "nz-rsj", "roles": ["lead_editor"],
                  "password": first}
        call("POST", base + "/v1/accounts", admin, drawer)
        draw(base, token_of(base, first, later), server.pid, pure)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def token_of(base, first, later):
    def login(password):
        body = {"username": "bench", "password": password}
        return json.loads(call("POST", base + "/v1/auth/token", None, body))["access_token"]

    call("POST", base + "/v1/accounts/me/password", login(first), {"old_password": first, "new_password": later})
    return login(later)


def draw(base, token, pid, pure):
    moment = time.time() + 45 * SUBJECTS / 1_000_000 + 20
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    scale = SUBJECTS / 1_000_000
    strata = [(name, int(SUBJECTS * share / 100), max(1, int(n * scale))) for name, share, n in SHARES]
    body = {"plan_code": "PLAN-2026-0001", "entropy_moment": moment, "reserve": 100,
            "sources": [{"kind": "public_text", "name": "ssq"}],
            "strata": [{"name": name, "sample_size": n} for name, _, n in strata],
            "visit_from": "2027-01-04", "visit_to": "2027-01-29"}
    path = base + "/v1/draws/" + json.loads(call("POST", base + "/v1/draws", token, body))["id"]
    began = time.perf_counter()
    for name, size, _ in strata:
        for start in range(0, size, 40_000):
            ids = [f"9{name}610703PDY{i:07}X" for i in range(start, min(size, start + 40_000))]
            call("POST", path + "/frame", token, {"stratum": name, "ids": ids})
    line(f"upload of {SUBJECTS:,} ids", "s", time.perf_counter() - began)
    began = time.perf_counter()
    call("POST", path + "/freeze", token, {})
    line("freeze: sort, look-alikes, roots, store again", "s", time.perf_counter() - began)
    call("POST", path + "/commit", token, {})
    wait = moment_of(moment) - time.time() + 1
    time.sleep(max(0, wait))
    call("POST", path + "/entropy", token, {"values": [{"name": "ssq", "value": "ssq:2026130:01,05,09,17,22,30+07"}]})
    idle = memory(pid, "VmRSS:")
    with Peak(pid) as peak:
        began = time.perf_counter()
        call("POST", path + "/run", token, {})
        took = time.perf_counter() - began
    read, write, rows = floor_of_rows(strata)
    hashing = pure[("draw", "v1")]["floor_seconds"] * scale
    line(f"draw {rows:,} rows from the frozen frame, stored, SQLite", "s", took, hashing + read + write, "1.5 at most")
    print(f"    floor: hashing {hashing:.3f}, plain read {read:.3f}, batch insert {write:.3f}")
    line("  memory above idle", "MiB", peak.most - idle, None, "256 at most")
    transcript = os.path.join(WORK, "draw.json")
    with open(transcript, "wb") as file:
        file.write(call("GET", path + "/transcript", token))
    best, most = 1e9, 0.0
    for _ in range(3):
        began = time.perf_counter()
        verify = subprocess.Popen([BIN, "draw", "verify", transcript], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with Peak(verify.pid) as peak:
            assert verify.wait() == 0, "the transcript was refused"
        best, most = min(best, time.perf_counter() - began), max(most, peak.most)
    floor = pure[("verify", "v1")]["floor_seconds"] * scale
    line("lianjian draw verify", "s", best, floor, "1.5 at most; floor: plain read and hashing")
    line("  memory, whole process", "MiB", most, None, "256 at most")


def moment_of(text):
    import calendar

    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


try:
    main()
finally:
    shutil.rmtree(WORK, ignore_errors=True)
