"""A second opinion on the audit hash chain, in another language and without a line of the Rust code.

The file of vectors is also walked by a test of `store-kit`: if both agree, a third party can verify a dump with the
description at the head of `crates/store-kit/src/chain.rs` alone. With a file as argument it verifies a dump of
`lianjian audit dump` instead. Only the standard library is needed.
"""

import hashlib
import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "crates/store-kit/tests/vectors/audit-chain.ndjson"
MEMBERS = ["seq", "id", "at", "actor", "organ", "action", "target_kind", "target", "trace_id", "detail"]


def link(previous: str, entry: dict) -> str:
    text = json.dumps([entry[m] for m in MEMBERS], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(b"lianjian/audit/v1\0" + previous.encode() + b"\0" + text.encode()).hexdigest()


def verify(lines) -> int:
    previous, expected = "", 1
    for entry in lines:
        if entry["seq"] != expected:
            raise SystemExit(f"entry {expected} is missing: found {entry['seq']}")
        previous = link(previous, entry)
        if previous != entry["hash"]:
            raise SystemExit(f"entry {expected} does not match its hash")
        expected += 1
    return expected - 1


def entries(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if "heads" not in entry:
                yield entry


def main() -> None:
    count = verify(entries(sys.argv[1] if len(sys.argv) > 1 else VECTORS))
    # The control: one changed letter must be found.
    forged = list(entries(VECTORS))
    forged[2]["actor"] += "x"
    try:
        verify(forged)
    except SystemExit as found:
        assert "entry 3 " in str(found), found
    else:
        raise SystemExit("a changed entry was not found")
    print(f"audit chain: {count} entries verified in Python")


if __name__ == "__main__":
    main()
