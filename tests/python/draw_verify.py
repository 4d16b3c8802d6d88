"""The second verifier of draws, in another language and without a line of the Rust code.

Written from the specification in `crates/draw/README.md`; only the standard library is needed.

    python3 draw_verify.py FILE...       one line each: `ok` or the first fault; exit code 1 when any is not proved
    python3 draw_verify.py --json DIR    one JSON line a file of the folder: file, ok, fault, picks, teams
"""

import hashlib
import hmac
import json
import pathlib
import re
import sys

FORMAT = "lianjian/draw-transcript/1"
METHOD = "least_loaded/1"
LEFT_CODES = {"not_eligible", "recused"}
CODES = {"deregistered", "cap_reached", "out_of_scope", "under_investigation", "recently_checked_recognised"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
HEX = re.compile(r"[0-9a-f]{64}")


class Refused(Exception):
    """The transcript is not what the protocol gives."""


def demand(condition, text):
    if not condition:
        raise Refused(text)


# --- hash functions -------------------------------------------------------------------------------------------------


class Sm3:
    """SM3 (GB/T 32905) for interpreters whose OpenSSL lacks it; the interface is hashlib's."""

    block_size, digest_size, name = 64, 32, "sm3"

    def __init__(self, data=b""):
        self.data = bytearray(data)

    def update(self, data):
        self.data += data

    def copy(self):
        return Sm3(self.data)

    def hexdigest(self):
        return self.digest().hex()

    def digest(self):
        def left(x, n):
            n %= 32
            return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF

        v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
        message = bytes(self.data) + b"\x80"
        message += b"\0" * (-(len(message) + 8) % 64) + (len(self.data) * 8).to_bytes(8, "big")
        for start in range(0, len(message), 64):
            w = [int.from_bytes(message[start + i : start + i + 4], "big") for i in range(0, 64, 4)]
            for j in range(16, 68):
                x = w[j - 16] ^ w[j - 9] ^ left(w[j - 3], 15)
                w.append(x ^ left(x, 15) ^ left(x, 23) ^ left(w[j - 13], 7) ^ w[j - 6])
            a, b, c, d, e, f, g, h = v
            for j in range(64):
                t = 0x79CC4519 if j < 16 else 0x7A879D8A
                ss1 = left((left(a, 12) + e + left(t, j)) & 0xFFFFFFFF, 7)
                ss2 = ss1 ^ left(a, 12)
                ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
                gg = e ^ f ^ g if j < 16 else (e & f) | (~e & 0xFFFFFFFF & g)
                tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
                tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
                a, b, c, d = tt1, a, left(b, 9), c
                e, f, g, h = tt2 ^ left(tt2, 9) ^ left(tt2, 17), e, left(f, 19), g
            v = [x ^ y for x, y in zip(v, [a, b, c, d, e, f, g, h])]
        return b"".join(x.to_bytes(4, "big") for x in v)


def sm3(data=b""):
    try:
        return hashlib.new("sm3", data)
    except ValueError:
        return Sm3(data)


class Suite:
    def __init__(self, label):
        demand(label in ("v1", "v1s"), f"suite {label!r}")
        self.label, self.function = label, (hashlib.sha256 if label == "v1" else sm3)

    def prefix(self, purpose):
        return f"ccsup/draw/{self.label}/{purpose}\0".encode()

    def bare(self, data):
        return self.function(data).digest()

    def hash(self, purpose, data):
        return self.bare(self.prefix(purpose) + data)

    def mac(self, key, data):
        return hmac.new(key, data, self.function).digest()


# --- canonical JSON ---------------------------------------------------------------------------------------------------


def canonical(value):
    """Keys in byte order of their UTF-8, no spaces; Python escapes what the specification escapes, and no more."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def no_float(text):
    raise Refused(f"the number {text} is no integer")


def members(pairs):
    found = dict(pairs)
    demand(len(found) == len(pairs), "a key stands twice")
    return found


def exactly(value, names, where):
    demand(isinstance(value, dict) and set(value) == set(names.split()), f"{where}: members are not {names}")
    return value


def hashed(value, where):
    demand(isinstance(value, str) and HEX.fullmatch(value), f"{where} is no hash")
    return bytes.fromhex(value)


def in_order(values, where):
    demand(isinstance(values, list) and all(isinstance(v, str) for v in values), f"{where} is no list of texts")
    keys = [v.encode() for v in values]
    demand(all(a < b for a, b in zip(keys, keys[1:])), f"{where} is not in byte order, or one stands twice")
    return values


# --- the protocol -----------------------------------------------------------------------------------------------------


def check_entropy(suite, public):
    stated = exactly(public["entropy"], "hash sources", "entropy")
    sources = stated["sources"]
    in_order([s["name"] for s in sources], "sources")
    demand(sources, "no source")
    declared, values = [], []
    for s in sources:
        exactly(s, "commitment kind moment name no_show value", "source")
        demand(s["kind"] in ("nonce", "public_text"), "kind of source")
        demand((s["commitment"] is not None) == (s["kind"] == "nonce"), "only nonces have commitments")
        declared.append({k: s[k] for k in ("commitment", "kind", "moment", "name")})
        if s["kind"] == "public_text":
            demand(not s["no_show"] and isinstance(s["value"], str) and s["value"], "public text is missing")
            values.append(s["value"])
        elif s["no_show"]:
            demand(s["value"] is None, "a nonce not revealed has no value")
            values.append(suite.hash("no-show", hashed(s["commitment"], "commitment")).hex())
        else:
            nonce = hashed(s["value"], "nonce")
            made = suite.hash("nonce", s["name"].encode() + b"\0" + nonce)
            demand(made == hashed(s["commitment"], "commitment"), "nonce is not the committed one")
            values.append(nonce.hex())
    demand(not all(s["no_show"] for s in sources), "nobody revealed a nonce")
    declaration = suite.hash("declaration", canonical(declared))
    demand(declaration.hex() == public["declaration"], "declaration")
    is_plain = len(sources) == 1 and sources[0]["kind"] == "public_text"
    if is_plain:
        entropy, bound = values[0].encode(), None
    else:
        listed = [[s["name"], s["kind"], v] for s, v in zip(sources, values)]
        entropy = suite.prefix("entropy") + canonical(listed)
        bound = {"declaration": declaration.hex(), "no_show": "hash_of_commitment"}
    demand(suite.bare(entropy).hex() == stated["hash"], "entropy hash")
    return suite.bare(entropy), bound


def check_times(public):
    times = exactly(public["times"], "committed_at drawn_at entropy_fixed_at frozen_at", "times")
    moments = [s["moment"] for s in public["entropy"]["sources"]]
    for moment in list(times.values()) + moments:
        demand(isinstance(moment, str) and MOMENT.fullmatch(moment), "a moment is not of the form")
    demand(times["frozen_at"] <= times["committed_at"], "frozen after the commitment")
    demand(times["entropy_fixed_at"] <= times["drawn_at"], "drawn before the entropy was fixed")
    for moment in moments:
        demand(times["committed_at"] < moment <= times["entropy_fixed_at"], "entropy moment out of place")


def draw(suite, seed, entropy_hash, params, frame, count):
    """Root, parameters' hash, K, and the `count` lowest (score, id) of the frame."""
    root = suite.hash("frame", ("\n".join(frame) + "\n").encode())
    params_hash = suite.hash("params", canonical(params))
    key = suite.mac(seed, suite.prefix("key") + root + params_hash + entropy_hash)
    scored = sorted((suite.mac(key, b"subject\0" + id.encode()), id.encode()) for id in frame)
    return root, params_hash, key, [(score.hex(), id.decode()) for score, id in scored[:count]]


def check_stratum(suite, public, stated, entropy_hash, bound):
    names = "excluded frame frame_root k params params_hash picks replacements reserve threshold"
    exactly(stated, names, "stratum")
    params, frame = stated["params"], in_order(stated["frame"], "frame")
    demand(params.get("draw_id") == public["draw_id"] and params.get("plan_id") == public["plan_id"], "params")
    demand(params.get("entropy") == bound and ("entropy" in params) == (bound is not None), "params bind no entropy")
    n = params["n"]
    demand(type(n) is int and 0 < n <= len(frame), "quota")
    count = n + len(stated["reserve"])
    root, params_hash, key, lowest = draw(suite, bytes.fromhex(public["seed"]), entropy_hash, params, frame, count)
    for name, value in (("frame_root", root), ("params_hash", params_hash), ("k", key)):
        demand(stated[name] == value.hex(), name)
    found = [{"id": id, "score": score} for score, id in lowest]
    demand(stated["picks"] == found[:n] and stated["reserve"] == found[n:], "picks")
    demand(stated["threshold"] == found[n - 1]["score"], "threshold")
    in_order([e["id"] for e in stated["excluded"]], "excluded")
    for excluded in stated["excluded"]:
        exactly(excluded, "code id", "exclusion")
        demand(excluded["code"] in CODES and excluded["id"] not in frame, "exclusion")
    visited = {p["id"]: p["score"] for p in stated["picks"]}
    for at, replacement in enumerate(stated["replacements"]):
        exactly(replacement, "in out reason", "replacement")
        demand(replacement["reason"] in CODES and at < len(stated["reserve"]), "replacement")
        demand(replacement["in"] == stated["reserve"][at]["id"], "a replacement is not the next score")
        demand(replacement["out"] in visited, "who is replaced was not drawn")
        del visited[replacement["out"]]
        visited[replacement["in"]] = stated["reserve"][at]["score"]
    return key, [p["id"] for p in found[:n]], visited


# --- teams ------------------------------------------------------------------------------------------------------------


def staff(suite, draw_id, order, need):
    """The teams of one organ for visits (date, subject, key, score) in order of their scores."""
    pool, size = need["pool"], need["members"]
    eligible = []
    for date, subject, _, _ in order:
        fit = [
            i
            for i, o in enumerate(pool)
            if o["valid_from"] <= date <= o["valid_to"]
            and all(t in o["tags"] for t in need["tags"])
            and subject not in o["recused"]
        ]
        demand(len(fit) >= size, f"{need['organ']} cannot staff {subject}")
        eligible.append(fit)

    def score(visit, officer):
        _, subject, key, _ = order[visit]
        text = f"inspector\0{draw_id}/{subject}\0{pool[officer]['id']}"
        return suite.mac(key, text.encode()), officer

    loads, chosen = [0] * len(pool), []
    for visit, fit in enumerate(eligible):
        level = sorted(loads[i] for i in fit)[size - 1]
        team = [i for i in fit if loads[i] < level]
        team += sorted((i for i in fit if loads[i] == level), key=lambda i: score(visit, i))[: size - len(team)]
        for i in team:
            loads[i] += 1
        chosen.append(set(team))
    even_out(loads, chosen, eligible)
    return [[pool[i]["id"] for i in sorted(team, key=lambda i: score(v, i))] for v, team in enumerate(chosen)]


def even_out(loads, chosen, eligible):
    if max(loads, default=0) - min(loads, default=0) <= 1:
        return
    level = max(loads)
    while level >= 2:
        path = find_path(level, loads, chosen, eligible)
        if path is None:
            level -= 1
            continue
        for visit, source, target in path:
            chosen[visit].remove(source)
            chosen[visit].add(target)
            loads[source] -= 1
            loads[target] += 1


def find_path(level, loads, chosen, eligible):
    queue = [i for i, load in enumerate(loads) if load == level]
    seen, done, before = set(queue), set(), {}
    for source in queue:
        for visit, team in enumerate(chosen):
            if source not in team or visit in done:
                continue
            done.add(visit)
            for target in eligible[visit]:
                if target in seen or target in team:
                    continue
                seen.add(target)
                before[target] = (source, visit)
                if loads[target] + 2 <= level:
                    path = []
                    while target in before:
                        source, visit = before[target]
                        path.append((visit, source, target))
                        target = source
                    return path
                queue.append(target)
    return None


def check_bound_pool(public):
    """The hash of the frozen pool that the parameters bind: the same in all strata, or in none."""
    bound = public["strata"][0]["params"].get("pool")
    for stratum in public["strata"]:
        demand(("pool" in stratum["params"]) == (bound is not None), "not all strata bind the pool")
        demand(stratum["params"].get("pool") == bound, "strata bind other pools")
    if bound is not None:
        hashed(bound, "pool")
    return bound


def check_pool(suite, bound, teams):
    """Who is in the pool was frozen, with all that counts; who was left out is named with a reason."""
    demand(("pool" in teams) == (bound is not None), "pool and parameters")
    if bound is None:
        return
    pool = exactly(teams["pool"], "frozen left", "pool")
    demand(suite.hash("pool", canonical(pool["frozen"])).hex() == bound, "the pool is not the frozen one")
    frozen, left, used = {}, set(), set()
    for name, list_ in (("frozen", pool["frozen"]), ("left", pool["left"])):
        keys = [(o["organ"].encode(), o["id"].encode()) for o in list_]
        demand(all(a < b for a, b in zip(keys, keys[1:])), f"{name} is not in byte order, or one stands twice")
    for officer in pool["frozen"]:
        exactly(officer, "id organ tags valid_from valid_to", "frozen officer")
        in_order(officer["tags"], "tags")
        demand(DATE.fullmatch(officer["valid_from"]) and DATE.fullmatch(officer["valid_to"]), "dates")
        frozen[officer["organ"], officer["id"]] = officer
    for out in pool["left"]:
        exactly(out, "code id organ", "left")
        demand(out["code"] in LEFT_CODES and (out["organ"], out["id"]) in frozen, "left")
        left.add((out["organ"], out["id"]))
    for organ in teams["organs"]:
        for officer in organ["pool"]:
            place = organ["organ"], officer["id"]
            demand(place in frozen and place not in left, "an officer was not frozen, or is left out")
            before = frozen[place]
            demand(set(officer["tags"]) <= set(before["tags"]), "an officer has gained a tag")
            demand(before["valid_from"] <= officer["valid_from"], "an officer is valid for longer")
            demand(officer["valid_to"] <= before["valid_to"], "an officer is valid for longer")
            used.add(place)
    demand(used | left == set(frozen), "somebody is left out without a reason")


def check_teams(suite, public, visited):
    names = "method organs pool teams visits" if "pool" in public["teams"] else "method organs teams visits"
    stated = exactly(public["teams"], names, "teams")
    check_pool(suite, public["strata"][0]["params"].get("pool"), stated)
    demand(stated["method"] == METHOD, "method")
    in_order([o["organ"] for o in stated["organs"]], "organs")
    for organ in stated["organs"]:
        exactly(organ, "members organ pool tags", "organ")
        demand(type(organ["members"]) is int and organ["members"] >= 2, "fewer than two members")
        in_order(organ["tags"], "tags")
        in_order([o["id"] for o in organ["pool"]], "pool")
        for officer in organ["pool"]:
            exactly(officer, "id recused tags valid_from valid_to", "officer")
            in_order(officer["recused"], "recused")
            in_order(officer["tags"], "tags")
            demand(DATE.fullmatch(officer["valid_from"]) and DATE.fullmatch(officer["valid_to"]), "dates")
    in_order([v["subject"] for v in stated["visits"]], "visits")
    demand({v["subject"] for v in stated["visits"]} == set(visited), "visits are not the drawn subjects")
    for visit in stated["visits"]:
        exactly(visit, "date subject", "visit")
        demand(DATE.fullmatch(visit["date"]), "date of a visit")
    order = [(v["date"], v["subject"], *visited[v["subject"]]) for v in stated["visits"]]
    order.sort(key=lambda v: (v[3], v[1].encode()))
    teams = []
    for organ in stated["organs"]:
        for visit, team in zip(order, staff(suite, public["draw_id"], order, organ)):
            teams.append({"members": team, "organ": organ["organ"], "subject": visit[1]})
    teams.sort(key=lambda t: (t["organ"].encode(), t["subject"].encode()))
    demand(stated["teams"] == teams, "teams")
    return teams


# --- the document -----------------------------------------------------------------------------------------------------


def check_personal(suite, public, personal):
    openings = exactly(personal, "openings", "personal")["openings"]
    in_order([o["entry"] for o in openings], "openings")
    known = {id for s in public["strata"] for id in s["frame"]}
    known |= {e["id"] for s in public["strata"] for e in s["excluded"]}
    for opening in openings:
        exactly(opening, "entry id salt", "opening")
        made = suite.hash("person", hashed(opening["salt"], "salt") + opening["id"].encode()).hex()
        demand(opening["entry"] == "person:" + made and opening["entry"] in known, "an opening does not hold")


def verify(data):
    """Verifies the bytes of a transcript; returns the picks by stratum and the teams, or raises `Refused`."""
    try:
        document = json.loads(data.decode(), parse_float=no_float, parse_constant=no_float, object_pairs_hook=members)
        return verify_document(document, data)
    except Refused:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as found:
        raise Refused(f"no transcript: {type(found).__name__} {found}") from found


def verify_document(document, data):
    demand(canonical(document) == data, "not in canonical form")
    names = "digest format personal public" if "personal" in document else "digest format public"
    exactly(document, names, "document")
    demand(document["format"] == FORMAT, "format")
    names = "commit declaration draw_id entropy plan_id replaces seed strata suite teams times"
    public = exactly(document["public"], names, "public")
    suite = Suite(public["suite"])
    demand(suite.hash("transcript", canonical(public)).hex() == document["digest"], "digest")
    demand(suite.hash("commit", hashed(public["seed"], "seed")).hex() == public["commit"], "commit")
    entropy_hash, bound = check_entropy(suite, public)
    check_times(public)
    in_order([s["params"]["stratum"] for s in public["strata"]], "strata")
    demand(public["strata"], "no stratum")
    picks, visited, seen = {}, {}, set()
    for stated in public["strata"]:
        key, drawn, active = check_stratum(suite, public, stated, entropy_hash, bound)
        demand(seen.isdisjoint(stated["frame"]), "a subject stands in two strata")
        seen.update(stated["frame"])
        picks[stated["params"]["stratum"]] = drawn
        visited.update({id: (key, score) for id, score in active.items()})
    check_bound_pool(public)
    teams = check_teams(suite, public, visited) if public["teams"] is not None else []
    if "personal" in document:
        check_personal(suite, public, document["personal"])
    return picks, teams


def verdict(path):
    try:
        picks, teams = verify(path.read_bytes())
        return {"file": path.name, "ok": True, "fault": "", "picks": picks, "teams": [t["members"] for t in teams]}
    except Refused as found:
        return {"file": path.name, "ok": False, "fault": str(found), "picks": {}, "teams": []}


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--json":
        for path in sorted(pathlib.Path(arguments[1]).iterdir()):
            print(json.dumps(verdict(path), ensure_ascii=False))
        return 0
    if not arguments:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    results = [verdict(pathlib.Path(argument)) for argument in arguments]
    for result in results:
        print(f"{result['file']}: {'ok' if result['ok'] else result['fault']}")
    return 0 if all(r["ok"] for r in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
