"""Measures the suite against floors taken in the same run: PostgreSQL by itself, nginx, HAProxy.

Client and server share the machine's cores, so only the ratios mean anything. Each floor's command is printed as it is
run, so that anyone can run it alone. Everything listens on loopback and stops with the script.
"""

import base64, glob, json, os, random, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request

TARGET = sys.argv[1]
SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
CLIENTS = 64
BIN = os.path.join(TARGET, "release", "lianjian")
PG = os.environ["LIANJIAN_TEST_POSTGRES_URL"]
ROWS_OUT = []
WORK = tempfile.mkdtemp(prefix="lianjian-bench-")
PROCS = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def tool(name):
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)
    return found or f"/usr/sbin/{name}"


def run(cmd, **kw):
    print("  $", " ".join(cmd), file=sys.stderr)
    done = subprocess.run(cmd, capture_output=True, text=True, **kw)
    if done.returncode:
        raise SystemExit(f"{' '.join(cmd)}: exit {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


def psql(sql, url=PG):
    return subprocess.run([tool("psql"), url, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql], check=True,
                          capture_output=True, text=True).stdout.strip()


# -- made-up credit codes of the private range (GB 11714: PDY00001-PDY99999), each with its check characters
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(n):
    kinds = ["91", "92", "93"]
    prefix = kinds[n // 99999 % 3] + "6107" + ["03", "02", "22", "23", "24", "25"][n // 299997]
    body = "PDY%05d" % (n % 99999 + 1)
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    r = 11 - sum(letters.index(c) * w for c, w in zip(body, [3, 7, 9, 10, 5, 8, 4, 2])) % 11
    code = prefix + body + ("X" if r == 10 else "0" if r == 11 else str(r))
    v = (31 - sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code)) % 31) % 31
    return code + ALPHABET[v]


SYLLABLES = "红山秀水金穗丰禾嘉陵汉江南郑大河坎圣水协税梁山阳春高台新集濂水黄官青树牟家坝法镇湘水小海碑坝黎坪福成两河胡家营瑞祥泰和盛兴隆昌顺达康宁安平"
TRADES = ["餐饮", "食品", "药房", "建材", "商贸", "物流", "农业", "茶业", "科技", "文化传媒", "汽车维修", "劳务"]


def company(n):
    r = random.Random(n)
    return "汉中南郑" + "".join(r.choice(SYLLABLES) for _ in range(r.randint(2, 4))) + r.choice(TRADES) + "有限公司"


def subject(n):
    r = random.Random(n * 7 + 1)
    return {"name": company(n), "identifier": uscc(n), "region_code": "610703%03d" % r.choice([1, 2, *range(101, 121)]),
            "address": "南郑区演示路%d号" % (n % 999), "industry": r.choice(["6210", "5212", "1411", "5251", "7281"]),
            "legal_representative": "王示例", "established_on": "20%02d-%02d-%02d" % (n % 24, n % 12 + 1, n % 28 + 1)}


def call(method, url, token=None, body=None, headers=None):
    req = urllib.request.Request(url, method=method, data=body, headers=headers or {})
    if token:
        req.add_header("authorization", "Bearer " + token)
    with urllib.request.urlopen(req, timeout=600) as r:
        return r.status, dict(r.headers), r.read()


class Suite:
    def __init__(self, kind):
        self.kind = kind
        self.dir = os.path.join(WORK, kind)
        self.gateway, self.subjects = free_port(), free_port()
        env = dict(os.environ, LIANJIAN_DATA_DIR=self.dir, LIANJIAN_GATEWAY_ADDR=f"127.0.0.1:{self.gateway}",
                   LIANJIAN_SUBJECTS_ADDR=f"127.0.0.1:{self.subjects}", LIANJIAN_CATALOG_ADDR=f"127.0.0.1:{free_port()}",
                   LIANJIAN_ADMIN_PASSWORD="Bench-admin-2026!", LIANJIAN_SUBJECTS_LOAD_SAMPLES="false", LIANJIAN_LOG="error",
                   LIANJIAN_GATEWAY_RATE_PER_MINUTE="100000000")
        for k in list(env):
            if k.startswith("LIANJIAN_TEST"):
                del env[k]
        if kind == "postgres":
            self.db = f"bench_{os.getpid()}"
            psql(f"CREATE DATABASE {self.db}")
            self.url = PG.rsplit("/", 1)[0] + "/" + self.db
            env["LIANJIAN_DATABASE_URL"] = self.url
        self.env = env
        self.start()

    def start(self):
        began = time.time()
        self.proc = subprocess.Popen([BIN, "serve"], env=self.env, stdout=subprocess.DEVNULL,
                                     stderr=open(os.path.join(WORK, self.kind + ".log"), "a"))
        PROCS.append(self.proc)
        while True:
            try:
                call("GET", f"http://127.0.0.1:{self.gateway}/readyz")
                call("GET", f"http://127.0.0.1:{self.subjects}/readyz")
                break
            except OSError:
                if self.proc.poll() is not None or time.time() - began > 60:
                    raise SystemExit("the suite did not start: " + open(os.path.join(WORK, self.kind + ".log")).read()[-2000:])
                time.sleep(0.01)
        self.started_in = time.time() - began
        _, _, body = call("POST", f"http://127.0.0.1:{self.gateway}/v1/auth/token", None,
                          json.dumps({"username": "admin", "password": "Bench-admin-2026!"}).encode(),
                          {"content-type": "application/json"})
        self.token = json.loads(body)["access_token"]

    def memory(self, what="VmRSS"):
        text = open(f"/proc/{self.proc.pid}/status").read()
        return int(re.search(what + r":\s+(\d+)", text).group(1)) / 1024

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        self.proc.wait(30)

    def direct(self, path):
        return f"http://127.0.0.1:{self.subjects}{path}"

    def through(self, path):
        return f"http://127.0.0.1:{self.gateway}{path}"

    def import_rows(self, path):
        data = open(path, "rb").read()
        began = time.time()
        _, headers, _ = call("POST", self.direct("/v1/subject-imports"), self.token, data,
                             {"content-type": "application/x-ndjson"})
        location = next(v for k, v in headers.items() if k.lower() == "location")
        peak = 0
        while True:
            _, _, body = call("GET", self.direct(location), self.token)
            peak = max(peak, self.memory())
            o = json.loads(body)
            if o["state"] != "running":
                break
            time.sleep(0.02)
        took = time.time() - began
        assert o["state"] == "succeeded" and o["result"]["created"] == sum(1 for _ in open(path)), o
        return took, peak

    def ids(self, limit=4000):
        out, url = [], self.direct("/v1/subjects?limit=200")
        while url and len(out) < limit:
            _, _, body = call("GET", url, self.token)
            page = json.loads(body)
            out += [i["id"] for i in page["items"]]
            url = self.direct(f"/v1/subjects?limit=200&cursor={page['next']}") if page.get("next") else None
        return out

    def cursor_at(self, depth):
        cursor = ""
        for _ in range(depth // 200):
            _, _, body = call("GET", self.direct("/v1/subjects?limit=200" + (f"&cursor={cursor}" if cursor else "")), self.token)
            cursor = json.loads(body)["next"]
        return cursor


def wrk(url, token, script=None, extra=(), seconds=SECONDS):
    cmd = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-H", f"Authorization: Bearer {token}", *extra]
    if script:
        path = os.path.join(WORK, f"s{time.time_ns()}.lua")
        open(path, "w").write(script)
        cmd += ["-s", path]
    out = subprocess.run(cmd + [url], check=True, capture_output=True, text=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    total = int(re.search(r"(\d+) requests in", out).group(1))
    if bad and int(bad.group(1)) > total // 100:
        raise SystemExit(f"{url}: {bad.group(0)} of {total}\n{out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def best(f, n=3):
    """The median of n runs: the machine is noisy."""
    return sorted(f() for _ in range(n))[n // 2]


def reader(ids):
    return ("local ids = {" + ",".join(f'"{i}"' for i in ids) + "}\nlocal n = #ids\n"
            'request = function() return wrk.format("GET", "/v1/subjects/" .. ids[math.random(n)]) end\n')


def pgbench(script, url, seconds=SECONDS, clients=CLIENTS):
    path = os.path.join(WORK, f"p{time.time_ns()}.sql")
    open(path, "w").write(script)
    out = run([tool("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", path, url])
    return float(re.search(r"tps = ([\d.]+)", out).group(1))


def row(name, unit, value, floor_name, floor, at_least, smaller_is_better=False):
    ratio = (floor / value if smaller_is_better else value / floor) if floor else None
    ROWS_OUT.append({"figure": name, "unit": unit, "value": round(value, 3), "floor_name": floor_name,
                     "floor": round(floor, 3) if floor else None, "ratio": round(ratio, 3) if ratio else None,
                     "at_least": at_least})
    print(f"{name:<64}{value:>12.1f} {unit:<6} floor {floor or 0:>11.1f}  ratio {ratio or 0:>6.2f}  at least {at_least}", flush=True)


def floors_in_postgres(url):
    """Tables like ours with all indexes, filled with the same rows by \\copy; their rows get ids that pgbench can name."""
    psql("CREATE SCHEMA floor; CREATE TABLE floor.subject (LIKE subjects.subject INCLUDING ALL);"
         "CREATE TABLE floor.subject_text (LIKE subjects.subject_text INCLUDING ALL);"
         "CREATE TABLE floor.event (LIKE subjects.event INCLUDING ALL); CREATE TABLE floor.audit_entry (LIKE subjects.audit_entry INCLUDING ALL)", url)
    file = os.path.join(WORK, "rows.copy")
    columns = psql("SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns "
                   "WHERE table_schema='subjects' AND table_name='subject'", url)
    run([tool("psql"), url, "-qX", "-c", f"\\copy (SELECT {columns} FROM subjects.subject ORDER BY key LIMIT {ROWS}) TO '{file}'"])
    began = time.time()
    run([tool("psql"), url, "-qX", "-c", f"\\copy floor.subject ({columns}) FROM '{file}'"])
    copy_seconds = time.time() - began
    psql("UPDATE floor.subject SET id = lpad(to_hex(key), 32, '0')::uuid; VACUUM ANALYZE floor.subject".split(";")[0], url)
    psql("SELECT setval(pg_get_serial_sequence('floor.subject', 'key'), max(key)) FROM floor.subject", url)
    psql("VACUUM ANALYZE floor.subject", url)
    low, high = psql("SELECT min(key), max(key) FROM floor.subject", url).split("|")
    select = columns.replace("natural_key,", "").replace("name_key,", "")
    read = (f"\\set n random({low}, {high})\n"
            f"SELECT {select} FROM floor.subject WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid;\n")
    names = [c for c in columns.split(",") if c != "key"]
    values = []
    for c in names:
        values.append({"id": "gen_random_uuid()", "natural_key": "'f:' || gen_random_uuid()"}.get(c, f"s.{c}"))
    write = (f"\\set n random({low}, {high})\nBEGIN;\n"
             f"INSERT INTO floor.subject ({','.join(names)}) SELECT {','.join(values)} FROM floor.subject s WHERE s.key = :n::bigint;\n"
             "INSERT INTO floor.audit_entry (id, at, actor, organ, action, target_kind, target, trace_id, detail) VALUES "
             "(gen_random_uuid(), now(), 'bench', 'nz-scjg', 'subject_create', 'subject', 'x', '0af7651916cd43dd8448eb211c80319c', '{\"version\":1}');\n"
             "INSERT INTO floor.event (id, kind, subject, departments, region, occurred_at, trace_id, data) VALUES "
             "(gen_random_uuid(), 'cn.lianjian.subject.created', 'x', '{nz-scjg}', '610703', now(), '0af7651916cd43dd8448eb211c80319c', "
             "'{\"id\":\"0199e0f0-0000-7000-8000-000000000001\",\"version\":1,\"kind\":\"enterprise\",\"status\":\"active\"}');\nCOMMIT;\n")
    return copy_seconds, read, write


def nginx(port, upstream):
    conf = os.path.join(WORK, "nginx.conf")
    open(conf, "w").write(f"""
worker_processes 2; daemon off; pid {WORK}/nginx.pid; error_log {WORK}/nginx.err; events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {WORK}/n1; proxy_temp_path {WORK}/n2; fastcgi_temp_path {WORK}/n3;
uwsgi_temp_path {WORK}/n4; scgi_temp_path {WORK}/n5; keepalive_requests 100000000;
upstream u {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000; }}
server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}
""")
    PROCS.append(subprocess.Popen([tool("nginx"), "-c", conf, "-p", WORK]))


def haproxy(port, upstream):
    """HAProxy that verifies an ES256 token on each request before passing it on."""
    key, pub = os.path.join(WORK, "es.key"), os.path.join(WORK, "es.pub")
    run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])
    run(["openssl", "ec", "-in", key, "-pubout", "-out", pub])
    b64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=").decode()
    signed = b64(b'{"alg":"ES256","typ":"JWT"}') + "." + b64(json.dumps({"sub": "bench", "exp": int(time.time()) + 9999}).encode())
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed.encode(), check=True, capture_output=True).stdout
    rl = der[3]
    r, s = der[4:4 + rl], der[6 + rl:]
    raw = r.lstrip(b"\0").rjust(32, b"\0") + s.lstrip(b"\0").rjust(32, b"\0")
    conf = os.path.join(WORK, "haproxy.cfg")
    open(conf, "w").write(f"""
global
  nbthread 2
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 2s
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  http-request deny unless {{ req.hdr(x-token),jwt_verify("ES256","{pub}") -m int 1 }}
  default_backend b
backend b
  server s 127.0.0.1:{upstream}
""")
    PROCS.append(subprocess.Popen([tool("haproxy"), "-f", conf]))
    return signed + "." + b64(raw)


def creator(path, offset):
    """Posts the lines of a file, one subject each."""
    return (f'local f = io.open("{path}")\nfor i = 1, {offset} do f:read("*l") end\n'
            'request = function() local b = f:read("*l"); if not b then f:seek("set"); b = f:read("*l") end\n'
            # A table of headers given to format replaces the common ones, so they are copied.
            'local h = {}; for k, v in pairs(wrk.headers) do h[k] = v end; h["content-type"] = "application/json"\n'
            'return wrk.format("POST", "/v1/subjects", h, b) end\n')


def main():
    files = []
    more = min(ROWS, 100000)
    for part, span in enumerate([range(ROWS), range(ROWS, ROWS + more)]):
        path = os.path.join(WORK, f"import{part}.ndjson")
        with open(path, "w") as f:
            for n in span:
                f.write(json.dumps(subject(n), ensure_ascii=False, separators=(",", ":")) + "\n")
        files.append(path)
    bodies = os.path.join(WORK, "creates.jsonl")
    with open(bodies, "w") as f:
        for n in range(ROWS + more, ROWS + more + 400000):
            f.write(json.dumps(dict(subject(n), kind="enterprise"), ensure_ascii=False, separators=(",", ":")) + "\n")

    postgres = Suite("postgres")
    pg_import, pg_peak = postgres.import_rows(files[0])
    copy_seconds, read_script, write_script = floors_in_postgres(postgres.url)
    row(f"import {ROWS:,} NDJSON rows, PostgreSQL", "s", pg_import, "\\copy into the indexed table", copy_seconds, 0.15, True)
    read_floor = best(lambda: pgbench(read_script, postgres.url))
    write_floor = best(lambda: pgbench(write_script, postgres.url))
    row("  memory while importing, PostgreSQL", "MiB", pg_peak, "", 0, "")

    for kind in ["sqlite", "postgres"]:
        label = {"sqlite": "SQLite", "postgres": "PostgreSQL"}[kind]
        suite = Suite("sqlite") if kind == "sqlite" else postgres
        if kind == "sqlite":
            row("start with an empty folder", "s", suite.started_in, "", 0, "")
            time.sleep(3)  # the login's memory-hard hash goes back to the system
            idle = suite.memory()
            row("idle process", "MiB", idle, "", 0, "80 at most")
            took, peak = suite.import_rows(files[0])
            row(f"import {ROWS:,} NDJSON rows, SQLite", "s", took, "\\copy into the indexed table", copy_seconds, 0.25, True)
            row("  memory while importing, SQLite, above idle", "MiB", peak - idle, "", 0, "64 at most")
        suite.import_rows(files[1])
        if kind == "postgres":
            psql("ANALYZE subjects.subject; ANALYZE subjects.subject_text", suite.url)
        ids = suite.ids()
        script = reader(ids)
        direct = best(lambda: wrk(suite.direct("/"), suite.token, script))
        row(f"read one subject by id, direct, {label}", "req/s", direct, "pgbench, same select", read_floor,
            1.0 if kind == "sqlite" else 0.8)
        if kind == "sqlite":
            ngx, hap = free_port(), free_port()
            nginx(ngx, suite.subjects)
            es256 = haproxy(hap, suite.subjects)
            time.sleep(1)
            through = best(lambda: wrk(suite.through("/"), suite.token, script))
            floor = best(lambda: wrk(f"http://127.0.0.1:{ngx}/", suite.token, script))
            row("read one subject through the gateway, token verified", "req/s", through, "nginx proxy_pass", floor, 0.9)
            floor = best(lambda: wrk(f"http://127.0.0.1:{hap}/", suite.token, script, ("-H", f"X-Token: {es256}")))
            row("the same", "req/s", through, "HAProxy jwt_verify ES256", floor, 2.5)
        first = best(lambda: wrk(suite.direct("/v1/subjects?limit=50"), suite.token))
        cursor = suite.cursor_at(min(100000, ROWS))
        deep = best(lambda: wrk(suite.direct(f"/v1/subjects?limit=50&cursor={cursor}"), suite.token))
        row(f"page of 50 at depth {min(100000, ROWS):,}, {label}", "req/s", deep, "page of 50 at depth 0", first, 0.75)
        for q in ["公司", "南郑", "濂水茶业"]:
            hit = wrk(suite.direct("/v1/subjects?limit=50&q=" + urllib.request.quote(q)), suite.token, seconds=3)
            row(f"find by fragment {q}, {label}", "req/s", hit, "page of 50 at depth 0", first, "")
        creates = []
        for i in range(3):
            creates.append(wrk(suite.direct("/"), suite.token, creator(bodies, i * 120000), seconds=SECONDS))
        row(f"create one subject, {label}", "req/s", sorted(creates)[1], "pgbench, same three inserts", write_floor,
            1.5 if kind == "sqlite" else 0.7)
        suite.stop()
        if kind == "sqlite":
            suite.start()
            row("start again, data there", "s", suite.started_in, "", 0, "0.5 at most")
            suite.stop()
    os.makedirs(TARGET, exist_ok=True)
    with open(os.path.join(TARGET, "bench.json"), "w") as f:
        json.dump({"clients": CLIENTS, "seconds": SECONDS, "rows": ROWS_OUT}, f, ensure_ascii=False, indent=1)
    print("written to", os.path.join(TARGET, "bench.json"))


try:
    main()
finally:
    for p in PROCS:
        if p.poll() is None:
            p.terminate()
    shutil.rmtree(WORK, ignore_errors=True)
