#!/usr/bin/env python3
"""Fills the expected answers of sqllogictest files in from DuckDB.

  tools/fill_slt.py FILE…          queries that have no answer yet get their types, sort mode and answer
  tools/fill_slt.py --all FILE…    every query, and `statement error` where DuckDB fails
  tools/fill_slt.py --check FILE…  changes nothing; prints every query whose answer DuckDB gives differently

A record below a comment that begins with `# ours:` is ours to define and stays as it is; the comment says how DuckDB differs.
Answers are written one row a line with tabs between the values; I stands for whole numbers, R for floats with three
decimals, T for everything else.
"""

import datetime
import decimal
import math
import pathlib
import re
import sys

import duckdb

WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}


def letter(kind):
    return "I" if str(kind) in WHOLE else "R" if str(kind) in ("DOUBLE", "FLOAT") else "T"


def spelled(value, kind):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3f}" if kind == "R" and math.isfinite(value) else repr(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (datetime.datetime, datetime.time)) and value.tzinfo is None:
        return re.sub(r"(\.\d*?)0+$", r"\1", str(value))
    if isinstance(value, (list, dict, bytes)):
        return None
    text = str(value)
    return "(empty)" if text == "" else text


def is_ordered(sql):
    depth, words = 0, []
    for token in re.findall(r"'(?:[^']|'')*'|[()]|\w+", sql):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            words.append(token.upper())
    return "ORDER" in words


def answer_of(session, sql):
    """(types, rows of texts), or the error's text."""
    try:
        cursor = session.execute(sql)
        rows, columns = cursor.fetchall(), cursor.description
    except Exception as error:  # noqa: BLE001: whatever DuckDB refuses is an answer
        return str(error).splitlines()[0]
    types = "".join(letter(column[1]) for column in columns)
    texts = [[spelled(value, kind) for value, kind in zip(row, types)] for row in rows]
    if any(text is None for row in texts for text in row):
        return "values that have no spelling of their own"
    return types, texts


class File:
    def __init__(self, path, mode):
        self.path, self.mode = path, mode
        self.lines = path.read_text().splitlines()
        self.session = duckdb.connect()
        self.out, self.at, self.kept = [], 0, False

    def run(self):
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.startswith("# ours:"):
                self.kept = True
            word = line.split(" ")[0]
            if word in ("statement", "query"):
                self.record(word, line)
                self.kept = False
            else:
                self.out.append(line)
                self.at += 1
        if self.mode != "--check":
            self.path.write_text("\n".join(self.out).rstrip("\n") + "\n")

    def record(self, word, line):
        begin = self.at
        sql, answer = [], None
        self.at += 1
        while self.at < len(self.lines) and self.lines[self.at].strip():
            if self.lines[self.at] == "----":
                answer = []
            elif answer is None:
                sql.append(self.lines[self.at])
            else:
                answer.append(self.lines[self.at])
            self.at += 1
        text = "\n".join(sql)
        found = answer_of(self.session, text)
        same = self.lines[begin:self.at]
        if word == "statement":
            fails = isinstance(found, str)
            if fails != line.startswith("statement error") and not self.kept:
                print(f"{self.path}:{begin + 1}: DuckDB {'fails: ' + found if fails else 'succeeds'}")
            self.out += same
        elif self.kept or (answer is not None and self.mode == "") or line.startswith("query error"):
            self.out += same
        elif isinstance(found, str):
            print(f"{self.path}:{begin + 1}: DuckDB fails: {found}")
            self.out += same
        else:
            self.out += self.filled(line, sql, answer, found, begin)

    def filled(self, line, sql, answer, found, begin):
        types, rows = found
        head = line.split(" ")
        if len(head) < 2:
            head.append(types)
            if len(rows) > 1 and not is_ordered("\n".join(sql)):
                head.append("rowsort")
        if "rowsort" in head:
            rows = sorted(rows)
        texts = ["\t".join(row) for row in rows]
        if self.mode == "--check" and answer is not None and answer != texts:
            print(f"{self.path}:{begin + 1}: DuckDB gives\n" + "\n".join("  " + text for text in texts))
        return [" ".join(head), *sql, "----", *texts]


def main(arguments):
    mode = arguments.pop(0) if arguments and arguments[0].startswith("--") else ""
    if not arguments or mode not in ("", "--all", "--check"):
        sys.exit(__doc__)
    for path in arguments:
        File(pathlib.Path(path), mode).run()


if __name__ == "__main__":
    main(sys.argv[1:])
