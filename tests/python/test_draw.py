"""The second verifier of draws against the published vectors, an example transcript, and every single-bit change of it.

Needs no Rust; a test of `crates/draw` lets both verifiers judge 1,000 random transcripts and compares.
"""

import hashlib
import json
import pathlib
import random

import draw_verify as second

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "crates/draw/tests/vectors"


def vectors():
    given = json.loads((VECTORS / "draw_v1.json").read_text(encoding="utf-8"))
    assert second.Sm3(b"abc").hexdigest() == given["sm3_abc"]
    vector, suite = given["draw_v1"], second.Suite("v1")
    seed, entropy = bytes.fromhex(vector["seed"]), suite.bare(vector["entropy"].encode())
    root, params_hash, key, ranking = second.draw(suite, seed, entropy, vector["params"], vector["frame"], 20)
    assert suite.hash("commit", seed).hex() == vector["commit"]
    assert (root.hex(), params_hash.hex(), key.hex()) == (vector["frame_root"], vector["params_hash"], vector["K"])
    assert [[id, score] for score, id in ranking] == vector["ranking"]
    for inspector, score in vector["inspector_ranking"]:
        assert suite.mac(key, f"inspector\0{vector['visit']}\0{inspector}".encode()).hex() == score


def own_sm3():
    """The fallback agrees with OpenSSL where that has SM3."""
    try:
        hashlib.new("sm3")
    except ValueError:
        return
    for length in (0, 1, 55, 56, 63, 64, 65, 1000):
        data = bytes(range(256)) * 4
        assert second.Sm3(data[:length]).digest() == hashlib.new("sm3", data[:length]).digest()


def every_bit():
    data = (VECTORS / "transcript.json").read_bytes()
    picks, teams = second.verify(data)
    assert picks and teams
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            second.verify(bytes(changed))
        except second.Refused:
            continue
        raise SystemExit(f"bit {bit % 8} of byte {bit // 8} was changed and not found")
    return len(data) * 8


def resealed():
    """Forgeries with a digest of their own: found by recomputing, not by the digest."""
    document = json.loads((VECTORS / "transcript.json").read_text(encoding="utf-8"))
    suite, dice, found = second.Suite(document["public"]["suite"]), random.Random(3), 0
    for _ in range(300):
        forged = json.loads(json.dumps(document))
        stratum = dice.choice(forged["public"]["strata"])
        target = dice.choice(["seed", "frame", "pick", "entropy", "team", "n"])
        if target == "seed":
            forged["public"]["seed"] = dice.randbytes(32).hex()
        elif target == "frame":
            stratum["frame"].remove(dice.choice(stratum["frame"]))
        elif target == "pick":
            dice.choice(stratum["picks"])["id"] = dice.choice(stratum["frame"]) + "0"
        elif target == "entropy":
            dice.choice(forged["public"]["entropy"]["sources"])["value"] = dice.randbytes(32).hex()
        elif target == "team":
            dice.choice(forged["public"]["teams"]["teams"])["members"].reverse()
        else:
            stratum["params"]["n"] += 1
        forged["digest"] = suite.hash("transcript", second.canonical(forged["public"])).hex()
        try:
            second.verify(second.canonical(forged))
        except second.Refused:
            found += 1
            continue
        raise SystemExit(f"a forged {target} was not found")
    return found


def main():
    vectors()
    own_sm3()
    print(f"draw: vectors met, {every_bit()} changed bits and {resealed()} forgeries refused in Python")


if __name__ == "__main__":
    main()
