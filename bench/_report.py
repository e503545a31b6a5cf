"""What every benchmark in this folder shares: measuring one case in its own process, and the table at the end.

    report = Report()
    report.add("chain of 30", "headrace", measure(run_headrace), ratio_to="by hand", at_most=1.5)
    report.finish()          # prints the table; with --json FILE on the command line also writes the rows

With --verbose, or on a terminal, each row is shown on stderr as soon as it is measured.
A row is {case, engine, seconds, peak_bytes, ratio, target, reached}. `ratio` is this row's seconds divided by those of the
engine named by ratio_to in the same case; `target` bounds the ratio, and `reached` says whether it holds (null: no target). A row
without seconds is work that the engine cannot do: it reaches no target.
"""

import json
import os
import pickle
import sys
import time
import traceback


def measure(work, repeat=5, prepare=None, settle=None, clock=time.perf_counter):
    """Runs work(prepare()) `repeat` times in a child process: {seconds: the fastest, peak_bytes: its peak, answer: the last}.

    `settle` turns the last answer into what can be pickled, when the clock has stopped. Keep large imports and data inside
    `prepare` and `work`: what this process holds is counted as the child's.
    """
    return measure_each([work], repeat, prepare, settle, clock)[0]


def measure_each(works, repeat=5, prepare=None, settle=None, clock=time.perf_counter):
    """As measure, one after the other in one child process; each has the peak of all."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = _child(writer, works, repeat, prepare, settle, clock)
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        raise RuntimeError(f"the measured process ended with {os.waitstatus_to_exitcode(status)}")
    return [{**one, "peak_bytes": usage.ru_maxrss * 1024} for one in pickle.loads(content)]


def _child(writer, works, repeat, prepare, settle, clock):
    try:
        arguments = () if prepare is None else (prepare(),)
        results = []
        for work in works:
            seconds = []
            for _ in range(repeat):
                start = clock()
                answer = work(*arguments)
                seconds.append(clock() - start)
            results.append({"seconds": min(seconds), "answer": answer if settle is None else settle(answer)})
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(results, pipe)
        return 0
    except BaseException:
        traceback.print_exc()
        return 1


class Report:
    COLUMNS = ("case", "engine", "seconds", "peak_bytes", "ratio", "target", "reached")

    def __init__(self):
        self.rows = []

    def add(self, case, engine, measured, ratio_to=None, at_most=None, at_least=None):
        """Adds a row; the ratio and the verdict are settled in finish(), so that rows may come in any order."""
        bound = None
        if at_most is not None:
            bound = f"at most {at_most}"
        elif at_least is not None:
            bound = f"at least {at_least}"
        row = dict.fromkeys(self.COLUMNS)
        row.update(case=case, engine=engine, seconds=measured["seconds"], peak_bytes=measured.get("peak_bytes"),
                   target=bound)
        self.rows.append((row, ratio_to, at_most, at_least))
        if sys.stderr.isatty() or "--verbose" in sys.argv:
            print(f"{case}, {engine}: {_cell('seconds', row['seconds'])}", file=sys.stderr, flush=True)
        return measured

    def finish(self):
        self._print(self.settle())
        if "--json" in sys.argv:
            self.write(sys.argv[sys.argv.index("--json") + 1])

    def write(self, path):
        """The rows as JSON."""
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.settle(), file, indent=1)
            file.write("\n")

    def settle(self):
        """The rows, with ratios and verdicts."""
        for row, ratio_to, at_most, at_least in self.rows:
            base = next((other["seconds"] for other, *_ in self.rows
                         if other["case"] == row["case"] and other["engine"] == ratio_to), None)
            if row["seconds"] is None and (at_most is not None or at_least is not None):
                row["reached"] = False
            elif base:
                row["ratio"] = row["seconds"] / base
                if at_most is not None:
                    row["reached"] = row["ratio"] <= at_most
                if at_least is not None:
                    row["reached"] = row["ratio"] >= at_least
        return [row for row, *_ in self.rows]

    def _print(self, rows):
        table = [self.COLUMNS] + [tuple(_cell(name, row[name]) for name in self.COLUMNS) for row in rows]
        widths = [max(len(line[column]) for line in table) for column in range(len(self.COLUMNS))]
        for line in table:
            cells = (cell.ljust(width) if column in (0, 1, 5) else cell.rjust(width)
                     for column, (cell, width) in enumerate(zip(line, widths)))
            print("  ".join(cells).rstrip())


def _cell(name, value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if name == "seconds":
        return f"{value:.4f}"
    if name == "ratio":
        return f"{value:.2f}"
    if name == "peak_bytes":
        return f"{value / 2**20:.0f} MiB"
    return str(value)
