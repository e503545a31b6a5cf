"""Running headrace beside peers: queries in a process of its own, which measures itself; and the files that benchmarks read."""

import json
import os
import pathlib
import subprocess
import tempfile

THREADS = 2
ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "data/bench"
BINARIES = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release"))


def run_headrace(queries, repeats, threads=THREADS, setup="SELECT 1", answers=None, cpu=False):
    """For each query {seconds: the fastest run, peak_bytes: of all queries}, or {seconds: None, error}. `answers` is a folder that
    gets 0.arrow, 1.arrow … with what they answer. With `cpu` seconds are those of the processor, all threads together."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in [("setup", setup), *enumerate(queries)]:
            paths.append(pathlib.Path(folder, f"{name}.sql"))
            paths[-1].write_text(text)
        told = program("query_headrace", threads, repeats, answers or "-", *paths)
    return [{"seconds": None, "error": one["error"]} if "error" in one else
            {"seconds": min(one["cpu_seconds" if cpu else "seconds"]), "peak_bytes": told["peak_bytes"]}
            for one in told["queries"]]


def program(name, *arguments):
    """What a program of this folder prints, as JSON; None when it prints nothing."""
    command = [BINARIES / f"bench_{name}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0].name} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout else None


def generated(name, make):
    """data/bench/NAME, and what make(path) said when it wrote the file, today or once before."""
    DATA.mkdir(parents=True, exist_ok=True)
    path, said = DATA / name, DATA / f"{name}.json"
    if not (path.exists() and said.exists()):
        part = DATA / f"{name}.part"
        answer = make(part)
        said.write_text(json.dumps(answer))
        part.rename(path)
    return path, json.loads(said.read_text())


def fastest(measured):
    """The name of the engine that took the least time; None among none."""
    names = [name for name, one in measured.items() if one["seconds"] is not None]
    return min(names, key=lambda name: measured[name]["seconds"], default=None)


def print_memory(case, ours, peers):
    """Peak memory beside the peer that needs least; the target is half of that."""
    if ours.get("peak_bytes") and peers:
        name = min(peers, key=lambda peer: peers[peer]["peak_bytes"])
        share = ours["peak_bytes"] / peers[name]["peak_bytes"]
        print(f"{case}: headrace's peak memory is {share:.2f} of {name}'s (target at most 0.5: {'yes' if share <= 0.5 else 'NO'})")
