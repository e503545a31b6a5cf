"""Random queries over random tables, as trees that can be made smaller: what random_sql_test.py compares between engines.

What is drawn has one answer by the standard and our rules, whatever the plan: limits stand only behind a total order, floats are
multiples of 1/4 so that sums are exact, divisors are not zero, numbers too small to overflow. What is left out for a difference
that is meant stands in random_sql_differences.md.
"""

import dataclasses
import random
import re

from random_sql_tree import Join, Named, Node, Query, Select, SetOperation, Table, Values, without_commas

FAMILIES = ("int", "uint", "double", "dec", "text", "bool", "date", "ts")
COLUMN_TYPES = {"int": ("INTEGER", "BIGINT", "SMALLINT", "TINYINT", "INTEGER"), "double": ("DOUBLE", "DOUBLE", "FLOAT"),
                "uint": ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"), "list": ("INTEGER[]",),
                "dec": ("DECIMAL(9,2)", "DECIMAL(15,3)", "DECIMAL(25,1)"), "text": ("VARCHAR",), "bool": ("BOOLEAN",),
                "date": ("DATE",), "ts": ("TIMESTAMP",)}
TEXTS = ("a", "b", "ab", "abc", "A", "", "x_y", "50%", "é", "日本", "a longer text than twelve", "b ", "aab", "B")
COLUMN = re.compile(r"\ba\d+\.")
MEETING = ("int", "text")  # families on which SQLite agrees
JOINED_ROWS_MOST = 200_000
PATTERNS = ("a+", "^a", "[ab]$", ".", "(a)(b)?", "b|_", "", "^$", "é|日")


class Generator:
    """Tables once, then as many queries as wanted."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.meeting = False  # while a query is drawn that SQLite answers too
        self.aliases = 0
        self.cte_rows = {}  # name: rows at most, of the query that is being drawn
        self.tables = tuple(self.table(f"t{number}") for number in range(self.random.randint(2, 4)))

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def family(self):
        if self.meeting:
            return self.pick(*MEETING)
        return "list" if self.chance(0.03) else self.pick("int", "int", "text", *FAMILIES)

    # --- tables

    def table(self, name):
        families = ["int", "text", *(self.pick(*FAMILIES, "list") for _ in range(self.random.randint(1, 4)))]
        columns = tuple((f"{'k' if position == 0 else 'c' + str(position)}", family, self.pick(*COLUMN_TYPES[family]))
                        for position, family in enumerate(families))
        nulls = self.pick(0, 0.1, 0.4, 0.9)
        count = self.pick(0, 1, 5, 12, 30, 30, 100)
        return Table(name, columns, tuple(tuple("NULL" if self.chance(nulls) else self.value(family) for _, family, _ in columns)
                                          for _ in range(count)))

    def value(self, family):
        if family == "int":
            return str(self.random.randint(-3, 12))
        if family == "uint":
            return str(self.random.randint(0, 12))
        if family == "list":
            return f"[{', '.join(self.pick('NULL', '1', '2', '2', '-1') for _ in range(self.random.randint(1, 3)))}]"
        if family == "double":
            return f"{self.random.randint(-20, 20) / 4!r}e0"
        if family == "dec":
            return f"{self.random.randint(-300, 300) / 100:.1f}"
        if family == "text":
            return f"'{self.pick(*TEXTS)}'"
        if family == "bool":
            return self.pick("true", "false")
        day = f"{self.pick(2019, 2020)}-{self.random.randint(1, 3):02}-{self.pick(1, 2, 28):02}"
        return f"DATE '{day}'" if family == "date" else f"TIMESTAMP '{day} {self.pick('00:00:00', '12:30:00', '23:59:59.5')}'"

    # --- expressions; a scope is a list of (text, family)

    def expression(self, family, depth, scope):
        if depth <= 0 or self.chance(0.2):
            return self.leaf(family, scope)
        make = self.pick(*getattr(self, f"{family}_calls")(depth - 1, scope), *self.any_calls(family, depth - 1, scope))
        return make()

    def leaf(self, family, scope):
        columns = [text for text, kind in scope if kind == family]
        if family == "bool" and scope and not columns and self.chance(0.9):
            text, kind = self.pick(*scope)
            return Node("bool", (f"({text} {self.pick('=', '<', '<>', '>=')} {self.value(kind)})",))
        return Node(family, (self.pick(*columns) if columns and self.chance(0.8) else self.value(family),))

    def call(self, family, template, *arguments):
        """A node from a template with {} for each argument."""
        parts = []
        for text, argument in zip(template.split("{}"), (*arguments, None)):
            parts.append(text)
            if argument is not None:
                parts.append(argument)
        return Node(family, tuple(part for part in parts if part != ""))

    def any_calls(self, family, depth, scope):
        inner = lambda: self.expression(family, depth, scope)  # noqa: E731
        calls = [
            lambda: self.call(family, "CASE WHEN {} THEN {} ELSE {} END", self.expression("bool", depth, scope), inner(), inner()),
            lambda: self.call(family, "coalesce({}, {})", inner(), inner()),
            lambda: self.call(family, "nullif({}, {})", inner(), inner()),
            lambda: self.call(family, "CASE WHEN {} THEN {} END", self.expression("bool", depth, scope), inner()),
            lambda: self.call(family, "CASE {} WHEN {} THEN {} ELSE {} END", *(self.expression("int", depth, scope) for _ in range(2)), inner(), inner()),
        ]
        if scope and depth > 0 and family != "bool":
            calls.append(lambda: self.call(family, "({})", self.one_value(family)))
        return calls

    def int_calls(self, depth, scope):
        inner = lambda: self.expression("int", depth, scope)  # noqa: E731
        wide = lambda: self.call("int", "CAST({} AS BIGINT)", self.leaf("int", scope))  # noqa: E731
        calls = [
            lambda: self.call("int", f"({{}} {self.pick('+', '-')} {{}})", self.leaf("int", scope), self.leaf("int", scope)),
            lambda: self.call("int", "({} * {})", wide(), wide()),
            lambda: self.call("int", "abs({})", inner()),
            lambda: self.call("int", "length({})", self.expression("text", depth, scope)),
        ]
        if self.meeting:
            return [*calls, lambda: self.call("int", f"({{}} % {self.pick('3', '5')})", inner())]
        return [
            *calls,
            lambda: self.call("int", f"({{}} {self.pick('//', '%')} {self.pick('3', '-2', '7')})", inner()),
            lambda: self.call("int", "(- {})", self.leaf("int", scope)),
            lambda: self.call("int", f"{self.pick('year', 'month', 'day')}({{}})", self.expression("date", depth, scope)),
            lambda: self.call("int", "({} - {})", self.expression("date", depth, scope), self.expression("date", depth, scope)),
            lambda: self.call("int", "CAST({} AS INTEGER)", self.expression("bool", depth, scope)),
            lambda: self.call("int", f"{self.pick('greatest', 'least')}({{}}, {{}})", inner(), inner()),
            lambda: self.call("int", "CAST({} AS BIGINT)", self.expression(self.pick("uint", "dec", "double"), depth, scope)),
            lambda: self.call("int", f"{self.pick('length', 'strlen', 'ascii')}({{}})", self.expression("text", depth, scope)),
            lambda: self.call("int", "TRY_CAST({} AS INTEGER)", self.expression("text", depth, scope)),
            lambda: self.call("int", f"({{}} {self.pick('&', '|')} {{}})", wide(), wide()),
            lambda: self.call("int", "position('a' IN {})", self.expression("text", depth, scope)),
            lambda: self.call("int", f"{self.pick('quarter', 'dayofyear', 'week', 'hour')}({{}})", self.expression("ts", depth, scope)),
            lambda: self.call("int", f"date_diff('{self.pick('day', 'month', 'hour')}', {{}}, {{}})",
                              *(self.expression("ts", depth, scope) for _ in range(2))),
            lambda: self.call("int", "len({})", self.expression("list", depth, scope)),
            lambda: self.call("int", f"{self.pick('sign', 'bit_count')}({{}})", wide()),
            lambda: self.call("int", f"{self.pick('gcd', 'lcm', 'xor')}({{}}, {{}})", wide(), wide()),
            lambda: self.call("int", f"list_position({{}}, {self.pick('1', '2', '-1')})", self.expression("list", depth, scope)),
            lambda: self.call("int", f"{self.pick('levenshtein', 'strpos', 'instr')}({{}}, {{}})", self.expression("text", depth, scope), self.leaf("text", scope)),
            lambda: self.call("int", f"date_part('{self.pick('year', 'doy', 'isodow', 'dow', 'week', 'quarter', 'decade', 'century')}', {{}})", self.expression(self.pick("date", "ts"), depth, scope)),
            lambda: self.call("int", f"extract({self.pick('day', 'minute', 'hour', 'month')} FROM {{}})", self.expression("ts", depth, scope)),
            lambda: self.call("int", f"{self.pick('date_diff', 'date_sub')}('{self.pick('year', 'week', 'quarter', 'minute')}', {{}}, {{}})",
                              *(self.expression("ts", depth, scope) for _ in range(2))),
            lambda: self.call("int", "({} ** 2)::BIGINT", self.leaf("int", scope)),
            lambda: self.call("int", f"({{}} {self.pick('<<', '>>')} {self.pick('1', '3')})", self.call("int", "abs({})", wide())),
            lambda: self.call("int", "TRY_CAST({} AS SMALLINT)", inner()),
            lambda: self.call("int", f"TRY_CAST({{}} AS {self.pick('TINYINT', 'BIGINT')})", self.expression(self.pick("dec", "double"), depth, scope)),
            lambda: self.call("int", "(CASE WHEN {} THEN {} WHEN {} THEN {} END)", self.expression("bool", depth, scope), inner(), self.expression("bool", depth, scope), inner()),
            lambda: self.call("int", "MAP {'a': {}, 'b': {}}['b']", inner(), inner()),
            lambda: self.call("int", f"({{}})[{self.pick('1', '2', '-1')}]", self.expression("list", depth, scope)),
            lambda: self.call("int", "struct_extract({'a': {}, 'b': {}}, 'a')", inner(), inner()),
        ]

    def uint_calls(self, depth, scope):
        inner = lambda: self.expression("uint", depth, scope)  # noqa: E731
        return [
            lambda: self.call("uint", "({} + {})", self.leaf("uint", scope), self.leaf("uint", scope)),
            lambda: self.call("uint", f"{self.pick('greatest', 'least')}({{}}, {{}})", inner(), inner()),
            lambda: self.call("uint", f"({{}} {self.pick('//', '%')} {self.pick('3', '7')})", inner()),
            lambda: self.call("uint", f"CAST(abs({{}}) AS {self.pick('UINTEGER', 'UBIGINT')})", self.expression("int", depth, scope)),
        ]

    def list_calls(self, depth, scope):
        inner = lambda: self.expression("list", depth, scope)  # noqa: E731
        small = lambda: self.call("int", "CAST({} AS INTEGER)", self.leaf("int", scope))  # noqa: E731
        return [
            lambda: self.call("list", "[{}, {}]", small(), small()),
            lambda: self.call("list", f"list_concat({{}}, {{}})", inner(), inner()),
            lambda: self.call("list", "list_append({}, {})", inner(), small()),
            lambda: self.call("list", f"list_sort({{}}, '{self.pick('DESC', 'ASC')}', '{self.pick('NULLS FIRST', 'NULLS LAST')}')", inner()),
            lambda: self.call("list", "list_sort(list_distinct({}))", inner()),
            lambda: self.call("list", "list_prepend({}, {})", small(), inner()),
            lambda: self.call("list", "({} || {})", inner(), inner()),
            lambda: self.call("list", "CASE WHEN {} THEN {} END", self.expression("bool", depth, scope), inner()),
            lambda: self.call("list", "CAST(CAST({} AS VARCHAR) AS INTEGER[])", inner()),
            lambda: self.call("list", f"{self.pick('list_sort', 'list_reverse')}({{}})", inner()),
            lambda: self.call("list", f"({{}})[{self.pick('1:2', '2:', ':-2')}]", inner()),
        ]

    def double_calls(self, depth, scope):
        inner = lambda: self.expression("double", depth, scope)  # noqa: E731
        return [
            lambda: self.call("double", f"({{}} {self.pick('+', '-', '*')} {{}})", self.leaf("double", scope), inner()),
            lambda: self.call("double", f"({{}} / {self.pick('2', '4', '0.5e0')})", inner()),
            lambda: self.call("double", "CAST({} AS DOUBLE)", self.expression("int", depth, scope)),
            lambda: self.call("double", f"{self.pick('abs', 'floor', 'ceil', 'trunc', 'round')}({{}})", inner()),
            lambda: self.call("double", "({} + {})", inner(), self.expression("int", depth, scope)),
            lambda: self.call("double", "({} / 4)", self.expression(self.pick("int", "dec"), depth, scope)),
            lambda: self.call("double", f"round({{}}, {self.pick('0', '1', '2', '-1')})", inner()),
            lambda: self.call("double", f"{self.pick('sqrt', 'ln', 'exp', 'cbrt')}({{}})", self.call("double", "(abs(CAST({} AS DOUBLE)) + 1)", self.leaf("int", scope))),
            lambda: self.call("double", "CAST({} AS FLOAT)", inner()),
            lambda: self.call("double", "epoch({})", self.expression("ts", depth, scope)),
            lambda: self.call("double", "TRY_CAST({} AS DOUBLE)", self.expression("text", depth, scope)),
        ]

    def dec_calls(self, depth, scope):
        leaf = lambda: self.leaf("dec", scope)  # noqa: E731
        return [
            lambda: self.call("dec", f"({{}} {self.pick('+', '-')} {{}})", leaf(), leaf()),
            lambda: self.call("dec", f"({{}} * {self.pick('1.5', '2', '0.25')})", leaf()),
            lambda: self.call("dec", f"{self.pick('abs', '-')}({{}})", leaf()),
            lambda: self.call("dec", "({} + {})", leaf(), self.leaf("int", scope)),
            lambda: self.call("dec", f"round({{}}, {self.pick('0', '1')})", leaf()),
            lambda: self.call("dec", f"{self.pick('floor', 'ceil', 'trunc')}({{}})", leaf()),
            lambda: self.call("dec", f"({{}} % {self.pick('3', '0.7')})", self.call("dec", "CAST({} AS DECIMAL(12,2))", leaf())),
            lambda: self.call("dec", "greatest({}, {})", leaf(), leaf()),
            lambda: self.call("dec", "TRY_CAST({} AS DECIMAL(9,2))", self.expression(self.pick("text", "double"), depth, scope)),
            lambda: self.call("dec", f"CAST({{}} AS DECIMAL({self.pick('12,3', '30,5', '18,0')}))",
                              self.expression(self.pick("int", "dec"), depth, scope)),
        ]

    def text_calls(self, depth, scope):
        inner = lambda: self.expression("text", depth, scope)  # noqa: E731
        calls = [
            lambda: self.call("text", "({} || {})", inner(), inner()),
            lambda: self.call("text", "CAST({} AS VARCHAR)", self.expression("int", depth, scope)),
            lambda: self.call("text", f"substring({{}}, {self.pick('1', '2')}, {self.pick('1', '3')})", inner()),
            lambda: self.call("text", "replace({}, 'a', {})", inner(), inner()),
            lambda: self.call("text", f"{self.pick('trim', 'ltrim', 'rtrim')}({{}})", inner()),
        ]
        if self.meeting:
            return calls
        return [
            *calls,
            lambda: self.call("text", f"{self.pick('upper', 'lower', 'reverse')}({{}})", inner()),
            lambda: self.call("text", "CAST({} AS VARCHAR)", self.expression(self.pick("dec", "bool", "date"), depth, scope)),
            lambda: self.call("text", "concat({}, {})", inner(), inner()),
            lambda: self.call("text", f"{self.pick('left', 'right', 'repeat')}({{}}, {self.pick('1', '2')})", inner()),
            lambda: self.call("text", "CAST({} AS VARCHAR)", self.expression(self.pick("list", "uint", "ts"), depth, scope)),
            lambda: self.call("text", "CAST({} AS VARCHAR)", self.call("text", "({} - {})", *(self.leaf("ts", scope) for _ in range(2)))),
            lambda: self.call("text", f"regexp_replace({{}}, '{self.pick(*PATTERNS)}', 'x'{self.pick('', chr(44) + ' ' + repr('g'))})", inner()),
            lambda: self.call("text", f"regexp_extract({{}}, '{self.pick(*PATTERNS)}')", inner()),
            lambda: self.call("text", f"split_part({{}}, '{self.pick('a', ' ', '_')}', {self.pick('1', '2', '-1')})", inner()),
            lambda: self.call("text", f"{self.pick('lpad', 'rpad')}({{}}, 4, 'xy')", inner()),
            lambda: self.call("text", "concat_ws('-', {}, {})", inner(), inner()),
            lambda: self.call("text", f"{self.pick('md5', 'sha256', 'hex', 'bin')}({{}})", inner()),
            lambda: self.call("text", "translate({}, 'ab', 'x')", inner()),
            lambda: self.call("text", "chr({})", self.call("int", "(65 + abs({}) % 50)", self.leaf("int", scope))),
            lambda: self.call("text", f"{self.pick('substring', 'substr')}({{}}, {self.pick('-2', '0', '-3', '2')})", inner()),
            lambda: self.call("text", f"({{}})[{self.pick('1', '2:3', '-2:', '1:1')}]", inner()),
            lambda: self.call("text", f"{self.pick('trim', 'ltrim', 'rtrim')}({{}}, 'ab')", inner()),
            lambda: self.call("text", "overlay({} PLACING 'zz' FROM 2 FOR 1)", inner()),
            lambda: self.call("text", "string_split({}, 'a')[1]", inner()),
            lambda: self.call("text", f"regexp_extract({{}}, '(a)(.?)', {self.pick('0', '1', '2')})", inner()),
            lambda: self.call("text", "regexp_replace({}, '(a)(b)', '\\\\2\\\\1', 'g')", inner()),
            lambda: self.call("text", "CAST({} AS VARCHAR)", self.call("text", "{'a': {}, 'b': {}}", self.expression("int", depth, scope), inner())),
            lambda: self.call("text", "CAST({} AS VARCHAR)", self.call("text", "[{}, {}]", inner(), inner())),
            lambda: self.call("text", "CAST(CAST({} AS TIME) AS VARCHAR)", self.expression("ts", depth, scope)),
            lambda: self.call("text", "CAST(to_days({}) AS VARCHAR)", self.call("int", "CAST({} AS INTEGER)", self.leaf("int", scope))),
            lambda: self.call("text", "CAST({} AS VARCHAR)", self.call("text", f"({{}} {self.pick('=', '<', 'IS DISTINCT FROM')} {{}})", inner(), inner())),
            lambda: self.call("text", f"strftime({{}}, '{self.pick('%a %j', '%Y-%m-%dT%H:%M:%S', '%b %-d', '%I %p', '%U')}')", self.expression("ts", depth, scope)),
            lambda: self.call("text", f"strftime({{}}, '{self.pick('%Y-%m', '%d/%m/%y', '%H:%M')}')", self.expression(self.pick("date", "ts"), depth, scope)),
            lambda: self.call("text", "coalesce(array_to_string({}, '-'), '')", self.expression("list", depth, scope)),
            lambda: self.call("text", f"{self.pick('monthname', 'dayname')}({{}})", self.expression("date", depth, scope)),
            lambda: Node("text", ("({'a': ", self.expression("int", depth, scope), ", 'b': ", inner(), "}).b")),
        ]

    def date_calls(self, depth, scope):
        return [
            lambda: self.call("date", f"({{}} {self.pick('+', '-')} CAST({{}} AS INTEGER))", self.leaf("date", scope), self.expression("int", depth, scope)),
            lambda: self.call("date", "CAST({} AS DATE)", self.expression("ts", depth, scope)),
            lambda: self.call("date", "greatest({}, {})", self.leaf("date", scope), self.leaf("date", scope)),
            lambda: self.call("date", "last_day({})", self.expression("date", depth, scope)),
            lambda: self.call("date", f"CAST(date_trunc('{self.pick('week', 'quarter', 'year', 'month', 'decade')}', {{}}) AS DATE)", self.expression("date", depth, scope)),
            lambda: self.call("date", f"make_date(2020, {self.pick('1', '12')}, {{}})", self.call("int", "(1 + abs({}) % 28)", self.leaf("int", scope))),
            lambda: self.call("date", "TRY_CAST({} AS DATE)", self.pick(lambda: self.expression("text", depth, scope), lambda: Node("text", ("'2020-02-28'",)))()),
            lambda: self.call("date", "strptime(strftime({}, '%d.%m.%Y'), '%d.%m.%Y')::DATE", self.expression("date", depth, scope)),
            lambda: self.call("date", "CAST(CAST({} AS VARCHAR) AS DATE)", self.expression("date", depth, scope)),
        ]

    def ts_calls(self, depth, scope):
        return [
            lambda: self.call("ts", "CAST({} AS TIMESTAMP)", self.expression("date", depth, scope)),
            lambda: self.call("ts", f"date_trunc('{self.pick('month', 'day', 'hour')}', {{}})", self.leaf("ts", scope)),
            lambda: self.call("ts", f"({{}} {self.pick('+', '-')} {self.interval()})", self.leaf(self.pick("date", "ts"), scope)),
            lambda: self.call("ts", f"({{}} {self.pick('+', '-')} {self.interval()})", self.expression("ts", depth, scope)),
            lambda: self.call("ts", "CAST(CAST({} AS VARCHAR) AS TIMESTAMP)", self.expression("ts", depth, scope)),
            lambda: self.call("ts", f"date_trunc('{self.pick('week', 'quarter', 'year', 'second')}', {{}})", self.expression("ts", depth, scope)),
            lambda: self.call("ts", "time_bucket(INTERVAL '2 hours', {})", self.expression("ts", depth, scope)),
            lambda: self.call("ts", "({} + ({} - {}))", *(self.leaf("ts", scope) for _ in range(3))),
            lambda: self.call("ts", f"{self.pick('greatest', 'least')}({{}}, {{}})", *(self.expression("ts", depth, scope) for _ in range(2))),
        ]

    def interval(self):
        return f"INTERVAL '{self.random.randint(-2, 14)}' {self.pick('YEAR', 'MONTH', 'DAY', 'HOUR', 'SECOND')}"

    def bool_calls(self, depth, scope):
        inner = lambda: self.expression("bool", depth, scope)  # noqa: E731

        def two(template):
            family = self.family() if self.chance(0.9) or self.meeting else "bool"
            return self.call("bool", template, self.expression(family, depth, scope), self.expression(family, depth, scope))

        def listed():
            family = self.family()
            return self.call("bool", f"({{}} {self.pick('', 'NOT ')}IN ({{}}, {{}}))",
                             *(self.expression(family, depth, scope) for _ in range(3)))

        calls = [
            lambda: two(f"({{}} {self.pick('=', '<>', '<', '<=', '>', '>=')} {{}})"),
            lambda: two(f"({{}} IS {self.pick('', 'NOT ')}DISTINCT FROM {{}})"),
            lambda: self.call("bool", f"({{}} {self.pick('AND', 'OR')} {{}})", inner(), inner()),
            lambda: self.call("bool", "(NOT {})", inner()),
            lambda: self.call("bool", f"({{}} IS {self.pick('', 'NOT ')}NULL)", self.expression(self.family(), depth, scope)),
            lambda: self.call("bool", "({} BETWEEN {} AND {})", *(self.expression("int", depth, scope) for _ in range(3))),
            listed,
        ]
        if not self.meeting:  # LIKE does not mind case there
            calls += [lambda: self.matching(depth, scope), lambda: self.matching(depth, scope),
                      lambda: self.call("bool", f"({{}} IS {self.pick('', 'NOT ')}{self.pick('TRUE', 'FALSE')})", inner()),
                      lambda: self.call("bool", "list_contains({}, {})", self.expression("list", depth, scope),
                                        self.call("int", "CAST({} AS INTEGER)", self.leaf("int", scope)))]
        if scope and depth > 0:
            calls += [
                lambda: self.call("bool", f"({self.pick('', 'NOT ')}EXISTS ({{}}))", self.select(depth - 1, ["int"])),
                lambda: self.membership(depth, scope),
                lambda: self.membership(depth, scope),
            ]
        return calls

    def matching(self, depth, scope):
        text = self.expression("text", depth, scope)
        return self.pick(
            lambda: self.call("bool", f"({{}} {self.pick('', 'NOT ')}{self.pick('LIKE', 'LIKE', 'ILIKE')} "
                                      f"'{self.pick('a%', '%b%', '_', '%', 'a_c', '%日%', 'A%', '')}')", text),
            lambda: self.call("bool", "({} LIKE '%0!%%' ESCAPE '!')", text),
            lambda: self.call("bool", f"{self.pick('regexp_matches', 'regexp_full_match')}({{}}, '{self.pick(*PATTERNS)}')", text),
            lambda: self.call("bool", "({} SIMILAR TO 'a|b+')", text),
            lambda: self.call("bool", f"{self.pick('contains', 'starts_with', 'ends_with')}({{}}, {{}})", text, self.leaf("text", scope)),
        )()

    def membership(self, depth, scope):
        if self.chance(0.15):
            families = [self.family(), self.family()]
            return self.call("bool", "(({}, {}) IN ({}))", *(self.expression(family, 0, scope) for family in families),
                             self.select(depth - 1, families))
        family = self.family()
        how = self.pick("IN", "NOT IN", "IN") if self.meeting else self.pick("IN", "NOT IN", "= ANY", "<> ALL", "< ANY", ">= ALL")
        return self.call("bool", f"({{}} {how} ({{}}))", self.expression(family, depth, scope), self.select(depth - 1, [family]))

    def one_value(self, family):
        """A query with one row."""
        name, columns = self.named_table()
        scope = [(f"{name.alias}.{column}", kind) for column, kind in columns]
        function = "min" if family == "bool" else self.pick("min", "max")
        where = self.expression("bool", 1, scope) if self.chance(0.4) else None
        if self.chance(0.2):
            return Select(((self.expression(family, 0, scope), "v"),), name, where, limit=f" LIMIT 1{self.pick('', ' OFFSET 2')}")
        return Select(((self.call(family, f"{function}({{}})", self.expression(family, 0, scope)), "v"),), name, where)

    # --- sources

    def alias(self):
        self.aliases += 1
        return f"a{self.aliases}"

    def named_table(self):
        table = self.pick(*self.tables)
        return Named(table.name, self.alias()), [(name, family) for name, family, _ in table.columns
                                                 if not self.meeting or family in MEETING]

    def source(self, depth, ctes=()):
        """(source, scope)"""
        if depth > 0 and self.chance(0.45):
            return self.join(depth, ctes)
        if ctes and self.chance(0.6):
            name, families = self.pick(*ctes)
            named, columns = Named(name, self.alias()), [(f"x{number}", family) for number, family in enumerate(families)]
        elif depth > 0 and self.chance(0.2):
            families = [self.family() for _ in range(self.random.randint(1, 3))]
            named = Named(self.first_rows(self.body(depth - 1, families)), self.alias())
            columns = [(f"x{number}", family) for number, family in enumerate(families)]
        elif not self.meeting and self.chance(0.08):
            named, columns = self.listed_rows(depth)
        else:
            named, columns = self.named_table()
        return named, [(f"{named.alias}.{column}", family) for column, family in columns]

    def first_rows(self, body):
        """At times only some of the rows; the order by all columns that Select writes leaves no choice."""
        if not isinstance(body, Select) or body.distinct or self.chance(0.7):
            return body
        if self.meeting or self.chance(0.4):
            return dataclasses.replace(body, limit=f" LIMIT {self.pick(1, 3, 10)}{self.pick('', ' OFFSET 1')}")
        return dataclasses.replace(body, distinct="DISTINCT ON (x0) ")

    def listed_rows(self, depth):
        """(source, [(column, family)]) of rows that are no table's."""
        make = self.pick("values", "range", "unnest")
        if make == "range":
            return Named(f"{self.pick('range', 'generate_series')}({self.pick('0', '-2')}, {self.pick('4', '-2')})", self.alias(), "(x0)"), [("x0", "int")]
        if make == "values":
            families = [self.family() for _ in range(self.random.randint(1, 3))]
            rows = tuple(tuple("NULL" if number > 0 and self.chance(0.3) else self.value(family) for family in families)
                         for number in range(self.random.randint(1, 4)))
            columns = [f"x{number}" for number in range(len(families))]
            return Named(Values(rows), self.alias(), f"({', '.join(columns)})"), list(zip(columns, families))
        table, columns = self.named_table()
        scope = [(f"{table.alias}.{column}", kind) for column, kind in columns]
        rows = Select(((self.call("unnest", "unnest({})", self.expression("list", 1, scope)), "x0"), (self.leaf("int", scope), "x1")), table)
        return Named(rows, self.alias()), [("x0", "int"), ("x1", "int")]

    def join(self, depth, ctes):
        left, left_scope = self.source(depth - 1, ctes)
        right, right_scope = self.source(depth - 2 if self.chance(0.8) else depth - 1, ctes)
        right = without_commas(right)
        if self.rows_most(left) * self.rows_most(right) > JOINED_ROWS_MOST:
            return left, left_scope
        kinds = ["INNER JOIN", "JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN", "FULL OUTER JOIN", "CROSS JOIN", ","]
        kind = self.pick(*kinds) if self.meeting else self.pick(*kinds, "SEMI JOIN", "ANTI JOIN")
        scope = left_scope + right_scope
        if kind in ("CROSS JOIN", ","):
            return Join(left if kind == "," else without_commas(left), kind, right), scope
        left = without_commas(left)
        if kind not in ("SEMI JOIN", "ANTI JOIN") and self.chance(0.15) and all(
                isinstance(side, Named) and isinstance(side.source, str) and side.source in [table.name for table in self.tables]
                for side in (left, right)):
            return Join(left, kind, right, using="k"), scope
        condition = self.condition(left_scope, right_scope)
        while self.meeting and not all(COLUMN.search(part) for part in str(condition).split(" AND ")):
            condition = self.condition(left_scope, right_scope)
        return Join(left, kind, right, condition), left_scope if kind in ("SEMI JOIN", "ANTI JOIN") else scope

    def rows_most(self, source):
        """A bound of the rows that a source or a query may have."""
        if isinstance(source, Join):
            return self.rows_most(source.left) * self.rows_most(source.right)
        if isinstance(source, SetOperation):
            return self.rows_most(source.left) + self.rows_most(source.right)
        if isinstance(source, Values):
            return len(source.rows)
        if not isinstance(source, str):
            return self.rows_most(source.source)
        rows = {table.name: len(table.rows) for table in self.tables} | self.cte_rows
        return max(1, rows.get(source, 10))

    def condition(self, left, right):
        """Mostly an equality of both sides, often with more."""
        family = self.pick(*(sorted({family for _, family in left} & {family for _, family in right}) or ["int"]))
        sides = self.leaf(family, left), self.expression(family, self.pick(0, 0, 1), right)
        equality = self.call("bool", f"({{}} {self.pick('=', '=', '=', '=', '=', 'IS NOT DISTINCT FROM', '<', '<>')} {{}})", *sides)
        if self.chance(0.6):
            return equality
        return self.call("bool", f"({{}} {self.pick('AND', 'AND', 'OR')} {{}})", equality,
                         self.expression("bool", 1, self.pick(left, right, left + right)))

    # --- queries; `families` are those of the columns wanted, which are named x0, x1, …

    def body(self, depth, families, ctes=()):
        if depth > 0 and self.chance(0.25):
            kinds = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT")
            kind = self.pick(*kinds) if self.meeting else self.pick(*kinds, "INTERSECT ALL", "EXCEPT ALL")
            return SetOperation(self.body(depth - 1, families, ctes), kind, self.body(depth - 1, families, ctes), not self.meeting)
        return self.select(depth, families, ctes)

    def select(self, depth, families, ctes=()):
        source, scope = self.source(depth, ctes)
        where = self.expression("bool", self.pick(1, 2), scope) if self.chance(0.5) else None
        if self.chance(0.4):
            return self.grouped(families, source, scope, where)
        items = tuple((self.expression(family, self.pick(0, 1, 2), scope), f"x{number}") for number, family in enumerate(families))
        return Select(items, source, where, distinct="DISTINCT " if self.chance(0.2) else "")

    def grouped(self, families, source, scope, where):
        items, groups = [], []
        for number, family in enumerate(families):
            if self.chance(0.5):
                key = self.expression(family, self.pick(0, 0, 1), scope)
                has_column = any(text in str(key) for text, _ in scope)
                if has_column and "SELECT" not in str(key):
                    groups.append(key if self.chance(0.7) else str(number + 1))
                    items.append((key, f"x{number}"))
                    continue
            items.append((self.aggregate(family, scope), f"x{number}"))
        if self.chance(0.2):
            groups.append(self.leaf("int", [one for one in scope if one[1] == "int"] or scope))
            if not any(text in str(groups[-1]) for text, _ in scope):
                groups.pop()
        having = self.having(scope) if groups and self.chance(0.3) else None
        if groups and not self.meeting and self.chance(0.15) and all(str(group) in [str(node) for node, _ in items] for group in groups):
            groups = ["ALL"]
        return Select(tuple(items), source, where, tuple(groups), having)

    def having(self, scope):
        return self.call("bool", f"({{}} {self.pick('<', '>=', '=')} {{}})", self.aggregate("int", scope), Node("int", (str(self.random.randint(0, 6)),)))

    def aggregate(self, family, scope):
        """An aggregate of the family, with DISTINCT and FILTER at times."""
        of = lambda kind: self.expression(kind, self.pick(0, 0, 1), scope)  # noqa: E731
        distinct = "DISTINCT " if self.chance(0.2) else ""
        calls = [lambda: self.call(family, f"{self.pick('min', 'max')}({{}})", of(family))]
        if family == "int":
            calls += [lambda: Node("int", ("count(*)",)), lambda: self.call("int", f"count({distinct}{{}})", of(self.family())),
                      lambda: self.call("int", f"sum({distinct}{{}})", self.leaf("int", scope))]
            if not self.meeting:
                calls += [lambda: self.call("int", f"sum({distinct}{{}})", self.leaf("uint", scope)),
                          lambda: self.call("int", f"{self.pick('min', 'max')}({distinct}{{}})", of("int")),
                          lambda: self.call("int", "sum({})", self.call("int", "CASE WHEN {} THEN 1 ELSE 0 END", of("bool"))),
                          lambda: self.call("int", "count(DISTINCT {} || {})", *(self.call("text", "CAST({} AS VARCHAR)", of("int")) for _ in range(2))),
                          lambda: self.call("int", f"{self.pick('arg_min', 'arg_max', 'min_by', 'max_by')}({{}}, {{}})", *([self.leaf("int", scope)] * 2)),
                          lambda: self.call("int", "count_if({})", of("bool")),
                          lambda: self.call("int", f"{self.pick('bit_and', 'bit_or', 'bit_xor')}({{}})", self.call("int", "CAST({} AS BIGINT)", self.leaf("int", scope)))]
        if family == "double" and not self.meeting:
            calls += [lambda: self.call("double", f"{self.pick('sum', 'avg')}({distinct}{{}})", self.leaf("double", scope)),
                      lambda: self.call("double", f"avg({distinct}{{}})", self.leaf(self.pick("int", "dec"), scope)),
                      lambda: self.call("double", f"{self.pick('var_pop', 'stddev_samp')}({{}})", self.leaf(self.pick("int", "double"), scope)),
                      lambda: self.call("double", f"quantile_cont({{}}, {self.pick('0.25', '0.5', '1')})", self.leaf("double", scope)),
                      lambda: self.call("double", "median({})", self.leaf(self.pick("int", "double"), scope))]
        if family == "dec":
            calls.append(lambda: self.call("dec", f"sum({distinct}{{}})", self.leaf("dec", scope)))
        if family == "bool":
            calls = [lambda: self.call("bool", f"{self.pick('bool_and', 'bool_or')}({{}})", of("bool"))] if not self.meeting else \
                [lambda: self.call("bool", "(count(*) > {})", self.leaf("int", []))]
        if not self.meeting:
            calls += self.ordered_aggregates(family, scope)
        call = self.pick(*calls)()
        if self.chance(0.15) and family != "bool":
            call = self.call(family, "{} FILTER (WHERE {})", call, self.expression("bool", 1, scope))
        return call

    def ordered_aggregates(self, family, scope):
        """Those of a column that an order by it decides; DuckDB refuses an order by a literal."""
        columns = lambda kind: [column for column, one in scope if one == kind]  # noqa: E731
        how = self.pick("", " DESC", " NULLS FIRST", " DESC NULLS LAST")
        calls = []
        if columns(family) and family != "bool":
            column = self.pick(*columns(family))
            calls.append(lambda: Node(family, (f"{self.pick('first', 'last')}({column} ORDER BY {column}{how})",)))
            if family in ("int", "uint", "text", "date", "dec"):
                calls.append(lambda: Node(family, (f"quantile_disc({column}, {self.pick('0.1', '0.5', '1')})",)))
        if family == "text" and columns("text"):
            text, distinct = self.pick(*columns("text")), self.pick("", "", "DISTINCT ")
            first = f"{self.pick(*columns('int'))} DESC, " if columns("int") and not distinct and self.chance(0.4) else ""
            calls.append(lambda: Node("text", (f"string_agg({distinct}{text}, ',' ORDER BY {first}{text}{how})",)))
        if family == "list" and columns("int"):
            number, distinct = self.pick(*columns("int")), self.pick("", "DISTINCT ")
            number = f"CAST({number} AS INTEGER)"
            calls.append(lambda: Node("list", (f"list({distinct}{number} ORDER BY {number}{how})",)))
        return calls

    def query(self):
        self.meeting, self.aliases, self.cte_rows = self.chance(0.3), 0, {}
        ctes = []
        for number in range(self.pick(0, 0, 0, 1, 2)):
            families = [self.family() for _ in range(self.random.randint(1, 3))]
            body = self.body(1, families, [(name, kinds) for name, _, kinds in ctes])
            self.cte_rows[f"q{number}"] = self.rows_most(body)
            ctes.append((f"q{number}", body, families))
        families = [self.family() for _ in range(self.random.randint(1, 4))]
        body = self.body(self.pick(1, 1, 2, 2, 3), families, [(name, kinds) for name, _, kinds in ctes])
        order, limit = (), ""
        if self.chance(0.4):
            positions = list(range(1, len(families) + 1))
            self.random.shuffle(positions)
            how = lambda: self.pick("", " DESC", " ASC", " NULLS FIRST", " DESC NULLS LAST", " DESC NULLS FIRST")  # noqa: E731
            order = tuple((position, how()) for position in positions[:len(positions) if self.chance(0.7) else 1])
            if len(order) == len(families) and self.chance(0.5):
                limit = f" LIMIT {self.pick(0, 1, 3, 10)}" + self.pick("", "", f" OFFSET {self.pick(0, 1, 4)}")
        return Query(body, tuple((name, cte) for name, cte, _ in ctes), order, limit, sqlite=self.meeting and not limit)
