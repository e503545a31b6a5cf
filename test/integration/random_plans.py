"""Random queries for the tests that compare ways of running: filters, projections, joins, groups, unions, sorts, limits and samples in any
nesting, over tables with nulls, NaN, both zeros, infinities, subnormals, no rows, and a key that most rows share.
"""

import os
import pathlib
import random

BUILD = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release"))
EDGES = [f"'{BUILD}/test_data/edges_none.parquet'", f"'{BUILD}/test_data/edges_some.parquet'", f"'{BUILD}/test_data/edges_all.parquet'",
         "read_csv('test/data/edges.csv', types = {'i': 'int32'})"]
SKEWED = "(SELECT k, v AS i, x, CAST(k AS varchar) AS s, v AS row FROM 'test/data/skewed.csv') t"
EMPTY = "(SELECT i AS k, i, x, s, i AS row FROM read_csv('test/data/empty.csv', types = {'i': 'bigint', 'x': 'double', 's': 'varchar'})) t"
SOURCES = [*EDGES, *EDGES, SKEWED, EMPTY]


class Plans:
    """Every subquery has the columns k int64, i int64, x float64, s text, so that all of them fit together."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *choices):
        return self.random.choice(choices)

    def predicate(self, table=""):
        c = f"{table}." if table else ""
        return self.pick(f"{c}k > 1", f"{c}x < {c}i", f"{c}s LIKE '%a%'", f"{c}k IS NOT NULL", f"{c}i % 3 = 1", f"length({c}s) > 3 OR {c}x > 0",
                         f"NOT ({c}k = 2 AND {c}i > 0)", f"{c}s IN ('a', 'abc', '')", f"100 // {c}k > 40", f"{c}x = {c}x", f"{c}i BETWEEN -10 AND 1000",
                         f"{c}k = 2", f"{c}k = 2 AND {c}i > {c}k + 1", f"{c}i = 3 AND 10 // ({c}i - 3) = {c}k", f"{c}x = 0e0", f"{c}s = 'a' AND {c}k > 0", f"{c}k IS NULL",
                         f"{c}k > 1 AND {c}k < 1", f"{c}i >= 2 AND {c}i <= 2 AND {c}i <> {c}k")

    def sample(self):
        method = self.pick("bernoulli (30%)", "bernoulli (70)", "reservoir (25%)", "reservoir (9)", "reservoir (40)", "system (50)")
        return f"TABLESAMPLE {method} REPEATABLE ({self.random.randrange(100)})"

    def columns(self):
        i = self.pick("i", "i + 1", "i % 100", "k * 3 - 1", "coalesce(i, k)", "length(s)", "100 // k", "CASE WHEN x > 0 THEN i ELSE k END")
        x = self.pick("x", "x * 2", "x + i", "-x", "coalesce(x, 0e0)", "CAST(i AS double) / 3", "nullif(x, 1e0)")
        s = self.pick("s", "s || 'é'", "upper(substring(s, 1, 2))", "CAST(k AS varchar)", "CASE WHEN k = 1 THEN s ELSE 'other' END", "substring(s, -3)")
        k = self.pick("k", "k", "k", "(k + 1) % 4", "i % 5")
        return f"{k} AS k, {i} AS i, {x} AS x, {s} AS s"

    def query(self, depth):
        if depth == 0:
            return f"SELECT k, CAST(i AS bigint) AS i, x, s FROM {self.pick(*SOURCES)} WHERE row < {self.pick(0, 1, 20, 70, 130, 300)}"
        inner = lambda: f"({self.query(depth - 1)})"  # noqa: E731
        direction = lambda: self.pick("", " DESC", " NULLS FIRST", " DESC NULLS FIRST")  # noqa: E731
        return self.pick(
            lambda: f"SELECT * FROM {inner()} t WHERE {self.predicate()}",
            lambda: f"SELECT {self.columns()} FROM {inner()} t",
            lambda: f"SELECT {self.columns()} FROM {inner()} t WHERE {self.predicate()} AND {self.predicate()}",
            lambda: f"SELECT k, count(*) AS i, sum(x) AS x, {self.pick('min', 'max')}(s) AS s FROM {inner()} t GROUP BY k",
            lambda: f"SELECT i % 4 AS k, max(i) AS i, avg(x) AS x, s FROM {inner()} t GROUP BY 1, s HAVING {self.pick('count(*) > 1', 'min(k) < 3', 'max(x) > 0')}",
            lambda: f"SELECT count(k) AS k, max(i) AS i, min(x) AS x, max(s) AS s FROM {inner()} t",
            lambda: f"SELECT DISTINCT * FROM {inner()} t",
            lambda: f"SELECT a.k AS k, b.i AS i, a.x AS x, b.s AS s FROM (SELECT * FROM {inner()} q LIMIT 25) a {self.pick('JOIN', 'LEFT JOIN')} (SELECT * FROM {inner()} q LIMIT 30) b ON a.k = b.k",
            lambda: f"SELECT a.k AS k, a.i AS i, b.x AS x, a.s AS s FROM (SELECT * FROM {inner()} q LIMIT 40) a JOIN (SELECT * FROM {inner()} q LIMIT 40) b ON a.s = b.s AND a.k = b.k WHERE {self.predicate(self.pick('a', 'b'))}",
            lambda: f"SELECT a.k AS k, a.i AS i, b.x AS x, b.s AS s FROM (SELECT * FROM {inner()} q LIMIT 30) a JOIN (SELECT * FROM {inner()} q LIMIT 30) b ON a.k = b.k AND a.x < b.x",
            lambda: f"SELECT a.k AS k, b.i AS i, a.x AS x, b.s AS s FROM (SELECT * FROM {inner()} q LIMIT 30) a LEFT JOIN (SELECT * FROM {inner()} q LIMIT 40) b ON {self.pick('a.k = b.k AND ', 'b.s = a.s AND ', '')}{self.pick('a.x < b.x', '100 // b.k > a.i', 'a.s > b.s', 'a.i % 3 = b.i % 2', 'a.k > 1', 'b.i IS NULL')}",
            lambda: f"SELECT * FROM {inner()} t UNION ALL SELECT * FROM {inner()} t",
            lambda: f"SELECT * FROM {inner()} t ORDER BY {self.pick('x', 's', 'k', 'i')}{direction()}, {self.pick('k', 'i')}{direction()} LIMIT {self.pick(1, 5, 40, 1000)} OFFSET {self.pick(0, 0, 3)}",
            lambda: f"SELECT * FROM {inner()} t {self.sample()}{self.pick('', f' WHERE {self.predicate()}')}",
            lambda: f"SELECT {self.columns()} FROM {inner()} t {self.sample()}",
            lambda: f"SELECT * FROM {inner()} t LIMIT {self.pick(1, 10, 100)} OFFSET {self.pick(0, 0, 7)}",
            lambda: f"SELECT * FROM {inner()} t ORDER BY {self.pick('s', 'x', 'length(s)')}{direction()}",
            lambda: f"SELECT k, length(s) AS i, x * 2 AS x, s FROM {inner()} t ORDER BY length(s){direction()}, x * 2, k, s",
            lambda: self.labelled(inner()),
            lambda: self.beside(inner()),
            lambda: self.distinct_join(inner(), inner()),
            lambda: f"SELECT k, count(*) AS i, sum(x) AS x, max(s) AS s FROM (SELECT * FROM {inner()} t ORDER BY {self.pick('x', 's', '100 // i')}) t GROUP BY k",
            lambda: f"SELECT k, i, max(x) AS x, min(s) AS s FROM (SELECT k, i, x, s FROM {inner()} t {self.pick('GROUP BY k, i, x, s', 'UNION SELECT k, i, x, s FROM ' + inner() + ' t')}) t GROUP BY k, i",
        )()

    def labelled(self, inner):
        """CASE of literals, compared with one."""
        second, last = self.pick("'a'", "'b'", "NULL"), self.pick("'a'", "'c'")
        label = f"CASE WHEN {self.predicate()} THEN 'a' WHEN {self.predicate()} THEN {second} ELSE {last} END"
        return self.pick(
            lambda: f"SELECT k, i, x, s FROM (SELECT *, {label} AS label FROM {inner} t) t WHERE label {self.pick('=', '<>')} 'a' {self.pick('', f'AND {self.predicate()}')}",
            lambda: f"SELECT k, CASE WHEN k > 1 THEN i WHEN {self.predicate()} THEN i WHEN k > 1 THEN 7 ELSE k END AS i, x, {label} || '!' AS s FROM {inner} t",
        )()

    def beside(self, inner):
        """Aggregations of the same rows, or of some of them."""
        where = lambda: self.pick("", f" WHERE {self.predicate()}", " WHERE k > 1")  # noqa: E731
        return (f"SELECT a.k AS k, b.i AS i, a.x AS x, c.s AS s FROM (SELECT count(*) AS k, sum(x) AS x FROM {inner} t{where()}) a, "
                f"(SELECT {self.pick('max(i)', 'count(k)', 'count(DISTINCT s)')} AS i FROM {inner} t{where()}) b, (SELECT min(s) AS s FROM {inner} t{where()}) c")

    def distinct_join(self, left, right):
        """What of a join is read once, of one side alone."""
        side = self.pick("a", "a", "b")
        groups = f"(SELECT k, max(i) AS i, min(x) AS x, min(s) AS s FROM {right} t GROUP BY k)"
        return self.pick(
            lambda: f"SELECT DISTINCT {side}.k AS k, {side}.i AS i, {side}.x AS x, {side}.s AS s FROM {left} a {self.pick('JOIN', 'LEFT JOIN')} "
            f"(SELECT * FROM {right} t LIMIT 30) b ON a.k = b.k {self.pick('', 'AND a.i < b.i')}",
            lambda: f"SELECT a.k, a.i, a.x, a.s FROM {left} a LEFT JOIN {groups} b ON a.k = b.k",
            lambda: f"SELECT DISTINCT b.k AS k, b.i AS i, b.x AS x, b.s AS s FROM {groups} b WHERE b.k IN (SELECT DISTINCT range FROM range(3))",
        )()


class OrderedPlans(Plans):
    """Joins of two to four tables below limits, sorts and aggregates. Tables are small, of sizes that differ, and often known."""

    def table(self, size):
        rows = f"SELECT range % {self.pick(2, 2, 3)} AS k, range AS i, CAST(range AS double) / 8 AS x, CAST(range % 5 AS varchar) AS s FROM range({size})"
        known = f"SELECT k, CAST(i AS bigint) AS i, x, s FROM {self.pick(*SOURCES)}"
        if self.random.random() < 0.6:
            return rows
        return self.pick(
            lambda: f"{rows} WHERE range % {self.pick(2, 3)} = 0",
            lambda: f"{known} LIMIT {size}",
            lambda: f"{known} WHERE row < {size}",
            lambda: f"SELECT * FROM ({rows}) t ORDER BY {self.pick('s', 'k DESC', 'x DESC')}{self.pick('', f' LIMIT {size}')}",
            lambda: f"SELECT k, count(*) AS i, sum(x) AS x, min(s) AS s FROM ({rows}) t GROUP BY k",
        )()

    def carried(self, table, column):
        """What a join hands on as one of the four columns: often what its keys compute, too, or what one side alone decides."""
        t = table
        if self.random.random() < 0.6:
            return f"{t}.{column}"
        return {
            "k": lambda: self.pick(f"{t}.i % 2", f"length({t}.s)", f"coalesce(length({t}.s), 7)"),
            "i": lambda: self.pick(f"{t}.i % 3", f"CASE WHEN {t}.s LIKE '%1%' THEN {t}.i ELSE {t}.k END", f"CAST({t}.s LIKE '%2%' AS bigint)"),
            "x": lambda: self.pick(f"-{t}.x", f"CASE WHEN {t}.s IS NULL THEN 1e0 ELSE {t}.x * 2 END"),
            "s": lambda: self.pick(f"substring({t}.s, 1, 1)", f"substring({t}.s, -2)", f"coalesce(substring({t}.s, 2), 'none')"),
        }[column]()

    def joined(self):
        count = self.pick(2, 2, 3, 3, 3, 4)
        names = "abcd"[:count]
        sizes = {2: (6, 10, 40, 300), 3: (4, 9, 20, 30), 4: (3, 5, 8, 12)}[count]
        tables = {name: f"({self.table(self.pick(*sizes))}) {name}" for name in names}
        # Each table is linked with one before it in some order, most often: with the last one, which leaves products between the others.
        order = self.pick(self.random.sample(names, count), names[::-1], names[::-1])
        links = []
        for at in range(1, count):
            if at == 1 or self.random.random() < 0.85:
                other = order[0] if order == names[::-1] else self.pick(*order[:at])
                left, right = self.random.sample([order[at], other], 2)
                links.append(self.pick(f"{left}.k = {right}.k", f"{left}.i % 2 = {right}.i % 2", f"{left}.i % 3 = {right}.i % 3", f"{left}.s = {right}.s", f"length({left}.s) = {right}.k"))
        if self.random.random() < 0.4:
            one, other = self.random.sample(names, 2)
            links.append(self.pick(f"{one}.i < {other}.i", f"{one}.x <> {other}.x", f"{one}.k > 0", f"{other}.s <> '1'", f"100 // {one}.k > {other}.i"))
        columns = [f"{self.carried(self.pick(*names), c)} AS {c}" for c in "kixs"]
        if count == 2 and self.random.random() < 0.3:
            source = f"{tables['a']} LEFT JOIN {tables['b']} ON {' AND '.join(links)}"
        elif self.random.random() < 0.7:
            source = f"{', '.join(tables.values())} WHERE {' AND '.join(links)}"
        else:
            source = f"{' CROSS JOIN '.join(list(tables.values())[:-1])} JOIN {tables[names[-1]]} ON {' AND '.join(links)}"
        return f"SELECT {', '.join(columns)} FROM {source}"

    def cut(self, inner):
        limit = f"LIMIT {self.pick(4, 7, 10, 50)}{self.pick('', '', ' OFFSET 3')}"
        key = self.pick("s", "k DESC", "x", "i % 2", "s DESC, k")
        return self.pick(
            lambda: f"{inner} {limit}",
            lambda: f"{inner} {limit}",
            lambda: f"SELECT * FROM ({inner}) t WHERE {self.pick('k > 0', 'i % 2 = 0')} {limit}",
            lambda: f"SELECT * FROM ({inner}) t ORDER BY {key} {limit}",
            lambda: f"SELECT * FROM ({inner}) t {self.sample()}{self.pick('', ' WHERE i % 2 = 0')}",
            lambda: f"{inner} USING SAMPLE {self.pick('5', '60% (bernoulli)', 'reservoir (50%)')}",
            lambda: f"SELECT * FROM (SELECT * FROM ({inner}) t ORDER BY {key}) t {limit}",
            lambda: f"SELECT DISTINCT * FROM ({inner}) t {limit}",
            lambda: f"SELECT * FROM ({inner}) t ORDER BY {key}",
            lambda: f"SELECT * FROM (SELECT * FROM ({inner}) t UNION ALL SELECT * FROM ({self.table(5)}) t) t {limit}",
        )()

    def query(self, depth):
        cut = self.cut(self.joined())
        for _ in range(depth - 1):
            cut = self.cut(f"SELECT a.k AS k, b.i AS i, a.x AS x, b.s AS s FROM ({cut}) a JOIN ({self.table(self.pick(4, 60))}) b ON a.k = b.k")
        return self.pick(
            lambda: cut,
            lambda: f"SELECT sum(k) AS k, sum(i) AS i, sum(x) AS x, max(s) AS s FROM ({cut}) t",
            lambda: f"SELECT sum(k) AS k, sum(i) AS i, sum(x) AS x, min(s) AS s FROM ({cut}) t",
            lambda: f"SELECT k, sum(i) AS i, max(x) AS x, count(s) AS s FROM ({cut}) t GROUP BY k",
            lambda: f"SELECT DISTINCT k, i % 3 AS i, x, s FROM ({cut}) t",
        )()


class FaultPlans(OrderedPlans):
    """Such joins of tables in which i often faults on one row, whether it meets another or not, and is read or not."""

    def table(self, size):
        i = self.pick("range", f"10 // (range - {self.random.randrange(size)})", f"10 // (range - {self.random.randrange(4 * size)})")
        rows = f"SELECT range % {self.pick(2, 3, 7)} AS k, {i} AS i, CAST(range AS double) / 8 AS x, CAST(range % 5 AS varchar) AS s FROM range({size})"
        return self.pick(
            lambda: rows,
            lambda: rows,
            lambda: f"{rows} WHERE range % {self.pick(2, 3)} = 0",
            lambda: f"SELECT * FROM ({rows}) t ORDER BY {self.pick('s', 'k DESC', 'x DESC')}{self.pick('', f' LIMIT {size // 2}')}",
            lambda: f"SELECT * FROM ({rows}) t {self.pick('WHERE i > 0', f'LIMIT {size - 1}')}",
            lambda: f"SELECT k, {self.pick('count(*)', 'max(i)')} AS i, sum(x) AS x, min(s) AS s FROM ({rows}) t GROUP BY k",
        )()

    def query(self, depth):
        name = self.pick("a", "b")
        return self.pick(
            lambda: self.joined(),
            lambda: super(FaultPlans, self).query(depth),
            lambda: f"SELECT {self.pick('k, 0 AS i', 'k, i', 'count(*) AS k, sum(i) AS i')}, {self.pick('0 AS x', 'count(*) AS x')}, '' AS s FROM ({self.joined()}) t GROUP BY k, i",
            lambda: f"SELECT a.k AS k, {name}.{self.pick('i', 'k')} AS i, b.x AS x, a.s AS s FROM ({self.table(9)}) a {self.pick('JOIN', 'LEFT JOIN')} ({self.table(9)}) b "
            f"ON a.k = b.k AND {self.pick('a.i > b.k', 'b.i > 1 AND b.x > 0.2', 'b.i > 1', 'a.i < 4', '20 // (b.k - 5) < a.x', 'a.s < b.s')}",
        )()


class LargePlans(Plans):
    """Groups and sorts of so many rows that they spill where memory is tight; what comes of them is little."""

    def table(self):
        rows = self.pick(9_000, 12_000)
        k = self.pick("range % 7", "CASE WHEN range % 10 < 9 THEN 1 ELSE range END", "range * 7919 % 12007")
        x = self.pick("CAST(range % 1000 AS double) / 8", "CASE range % 5 WHEN 0 THEN NULL WHEN 1 THEN -0e0 WHEN 2 THEN 5e-324 ELSE CAST(range AS double) END")
        s = self.pick("CAST(range * 7919 % 12007 AS varchar) || ' makes a text that is long'", "CASE WHEN range % 3 = 0 THEN NULL ELSE 'x' || CAST(range % 5000 AS varchar) END")
        return f"SELECT {k} AS k, {self.pick('range', 'range', '100 // (range % 100)')} AS i, {x} AS x, {s} AS s FROM range({rows})"

    def many(self):
        """Rows behind a sink that holds nearly all of the table."""
        table = f"({self.table()}) t"
        keys = self.pick("k, i", "s, i", "i, k, s", "s, x", "i")
        return self.pick(
            lambda: f"SELECT {', '.join(one if one in keys.split(', ') else f'max({one}) AS {one}' for one in 'kixs')} FROM {table} GROUP BY {keys}",
            lambda: f"SELECT k, i, x, s FROM {table} GROUP BY k, i, x, s HAVING {self.predicate()}",
            lambda: f"SELECT DISTINCT * FROM {table}",
            lambda: f"SELECT * FROM {table} UNION SELECT * FROM {table}",
            lambda: f"SELECT * FROM {table} ORDER BY {self.pick('s', 's DESC', 'x, s', 'k, x DESC')}",
        )()

    def query(self, depth):
        inner = f"({self.many()}) t"
        return self.pick(
            lambda: f"SELECT k % 5 AS k, count(*) AS i, sum(x) AS x, {self.pick('min', 'max')}(s) AS s FROM {inner} GROUP BY 1",
            lambda: f"SELECT count(DISTINCT s) AS k, sum(i) AS i, sum(x) AS x, min(s) AS s FROM {inner}",
            lambda: f"SELECT * FROM {inner} LIMIT 20 OFFSET {self.pick(0, 1000, 8000)}",
            lambda: f"SELECT * FROM {inner} ORDER BY s DESC, i LIMIT 20 OFFSET 7000",
            lambda: f"SELECT * FROM {inner} TABLESAMPLE reservoir ({self.pick(30, 200)}) REPEATABLE ({self.random.randrange(100)})",
        )()
