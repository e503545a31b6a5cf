"""Random queries over random tables, as trees that can be made smaller: what random_sql_test.py compares between engines.

What is drawn has one answer by the standard and our rules, whatever the plan: limits stand only behind a total order, floats are
multiples of 1/4 so that sums are exact, divisors are not zero, numbers too small to overflow. What is left out for a difference
that is meant stands in random_sql_differences.md.
"""

import dataclasses
import random

FAMILIES = ("int", "double", "dec", "text", "bool", "date", "ts")
COLUMN_TYPES = {"int": ("INTEGER", "BIGINT", "SMALLINT", "TINYINT", "INTEGER"), "double": ("DOUBLE",),
                "dec": ("DECIMAL(9,2)", "DECIMAL(15,3)", "DECIMAL(25,1)"), "text": ("VARCHAR",), "bool": ("BOOLEAN",),
                "date": ("DATE",), "ts": ("TIMESTAMP",)}
TEXTS = ("a", "b", "ab", "abc", "A", "", "x_y", "50%", "é", "日本", "a longer text than twelve", "b ", "aab", "B")
MEETING = ("int", "text")  # families on which SQLite agrees
SIMPLEST = {"int": "1", "double": "1e0", "dec": "1.0", "text": "'a'", "bool": "true", "date": "DATE '2020-01-01'",
            "ts": "TIMESTAMP '2020-01-01 00:00:00'"}


@dataclasses.dataclass(frozen=True)
class Node:
    """An expression: pieces of text and nodes, in the order in which they are written."""

    family: str
    parts: tuple

    def __str__(self):
        return "".join(map(str, self.parts))

    def smaller(self):
        if str(self) != SIMPLEST[self.family]:
            yield Node(self.family, (SIMPLEST[self.family],))
        for position, part in enumerate(self.parts):
            if isinstance(part, str):
                continue
            if getattr(part, "family", None) == self.family:
                yield part
            for one in part.smaller():
                yield Node(self.family, (*self.parts[:position], one, *self.parts[position + 1:]))


@dataclasses.dataclass(frozen=True)
class Named:
    """A table, or a query in parentheses, with an alias."""

    source: object
    alias: str

    def __str__(self):
        return f"{self.source} AS {self.alias}" if isinstance(self.source, str) else f"({self.source}) AS {self.alias}"

    def smaller(self):
        if not isinstance(self.source, str):
            for one in self.source.smaller():
                yield Named(one, self.alias)


@dataclasses.dataclass(frozen=True)
class Join:
    left: object
    kind: str  # "LEFT JOIN", ","
    right: object
    condition: object = None  # a Node after ON
    using: str = ""

    def __str__(self):
        end = f" ON {self.condition}" if self.condition is not None else f" USING ({self.using})" if self.using else ""
        right = f"({self.right})" if isinstance(self.right, Join) else self.right
        return f"{self.left}{'' if self.kind == ',' else ' '}{self.kind} {right}{end}"

    def smaller(self):
        yield self.left
        yield self.right
        if self.kind != "INNER JOIN" and self.condition is not None:
            yield dataclasses.replace(self, kind="INNER JOIN")
        for name in ("left", "right", "condition"):
            if getattr(self, name) is not None:
                for one in getattr(self, name).smaller():
                    yield dataclasses.replace(self, **{name: one})


def without_commas(source):
    """A comma binds less tightly than a JOIN behind it."""
    if not isinstance(source, Join):
        return source
    return dataclasses.replace(source, left=without_commas(source.left), kind="CROSS JOIN" if source.kind == "," else source.kind)


@dataclasses.dataclass(frozen=True)
class Select:
    items: tuple  # (Node, alias)
    source: object = None
    where: object = None
    groups: tuple = ()  # Nodes, or texts
    having: object = None
    distinct: str = ""
    family: str = "query"

    def __str__(self):
        text = f"SELECT {self.distinct}{', '.join(f'{node} AS {alias}' for node, alias in self.items)}"
        text += f" FROM {self.source}" if self.source is not None else ""
        text += f" WHERE {self.where}" if self.where is not None else ""
        text += f" GROUP BY {', '.join(map(str, self.groups))}" if self.groups else ""
        return text + (f" HAVING {self.having}" if self.having is not None else "")

    def smaller(self):
        for name in ("where", "having", "source"):
            if getattr(self, name) is not None:
                yield dataclasses.replace(self, **{name: None})
        if self.distinct:
            yield dataclasses.replace(self, distinct="")
        for name in ("items", "groups"):
            for position in range(len(getattr(self, name))):
                rest = getattr(self, name)[:position] + getattr(self, name)[position + 1:]
                if rest or name == "groups":
                    yield dataclasses.replace(self, **{name: rest})
        for name in ("source", "where", "having"):
            if getattr(self, name) is not None:
                for one in getattr(self, name).smaller():
                    yield dataclasses.replace(self, **{name: one})
        for position, (node, alias) in enumerate(self.items):
            for one in node.smaller():
                yield dataclasses.replace(self, items=(*self.items[:position], (one, alias), *self.items[position + 1:]))
        for position, group in enumerate(self.groups):
            if not isinstance(group, str):
                for one in group.smaller():
                    yield dataclasses.replace(self, groups=(*self.groups[:position], one, *self.groups[position + 1:]))


@dataclasses.dataclass(frozen=True)
class SetOperation:
    left: object
    kind: str
    right: object
    family: str = "query"

    def __str__(self):
        return f"({self.left}) {self.kind} ({self.right})"

    def smaller(self):
        yield self.left
        yield self.right
        for name in ("left", "right"):
            for one in getattr(self, name).smaller():
                yield dataclasses.replace(self, **{name: one})


@dataclasses.dataclass(frozen=True)
class Query:
    """The whole: common table expressions, a body, an order, a limit. `ordered` are the positions that the order fixes."""

    body: object
    ctes: tuple = ()  # (name, Select or SetOperation, " MATERIALIZED " or …)
    order: tuple = ()  # (position from 1, " DESC NULLS FIRST" …)
    limit: str = ""
    sqlite: bool = False  # SQLite has the same answer, as a multiset

    def __str__(self):
        text = f"WITH {', '.join(f'{name} AS ({body})' for name, body in self.ctes)} " if self.ctes else ""
        text += str(self.body)
        text += f" ORDER BY {', '.join(f'{position}{how}' for position, how in self.order)}" if self.order else ""
        return text + self.limit

    def smaller(self):
        if self.limit:
            yield dataclasses.replace(self, limit="")
        if self.order and not self.limit:
            yield dataclasses.replace(self, order=())
            for position in range(len(self.order)):
                yield dataclasses.replace(self, order=self.order[:position] + self.order[position + 1:])
        for position, (name, body) in enumerate(self.ctes):
            yield dataclasses.replace(self, ctes=self.ctes[:position] + self.ctes[position + 1:])
            for one in body.smaller():
                yield dataclasses.replace(self, ctes=(*self.ctes[:position], (name, one), *self.ctes[position + 1:]))
        if self.limit:
            return  # fewer columns would leave a limit behind an order that is not total
        for one in self.body.smaller():
            yield dataclasses.replace(self, body=one)


@dataclasses.dataclass(frozen=True)
class Table:
    name: str
    columns: tuple  # (name, family, SQL type)
    rows: tuple  # tuples of SQL literals

    def statements(self):
        yield f"CREATE TABLE {self.name} ({', '.join(f'{name} {kind}' for name, _, kind in self.columns)})"
        for begin in range(0, len(self.rows), 200):
            rows = ", ".join(f"({', '.join(row)})" for row in self.rows[begin:begin + 200])
            yield f"INSERT INTO {self.name} VALUES {rows}"


class Generator:
    """Tables once, then as many queries as wanted."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.meeting = False  # while a query is drawn that SQLite answers too
        self.aliases = 0
        self.tables = tuple(self.table(f"t{number}") for number in range(self.random.randint(2, 4)))

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def family(self):
        return self.pick(*MEETING) if self.meeting else self.pick("int", "int", "text", *FAMILIES)

    # --- tables

    def table(self, name):
        families = ["int", "text", *(self.pick(*FAMILIES) for _ in range(self.random.randint(1, 4)))]
        columns = tuple((f"{'k' if position == 0 else 'c' + str(position)}", family, self.pick(*COLUMN_TYPES[family]))
                        for position, family in enumerate(families))
        nulls = self.pick(0, 0.1, 0.4)
        count = self.pick(0, 1, 5, 12, 30, 30, 100)
        return Table(name, columns, tuple(tuple("NULL" if self.chance(nulls) else self.value(family) for _, family, _ in columns)
                                          for _ in range(count)))

    def value(self, family):
        if family == "int":
            return str(self.random.randint(-3, 12))
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
            lambda: self.call("int", "(-{})", self.leaf("int", scope)),
            lambda: self.call("int", f"{self.pick('year', 'month', 'day')}({{}})", self.expression("date", depth, scope)),
            lambda: self.call("int", "({} - {})", self.expression("date", depth, scope), self.expression("date", depth, scope)),
            lambda: self.call("int", "CAST({} AS INTEGER)", self.expression("bool", depth, scope)),
            lambda: self.call("int", f"{self.pick('greatest', 'least')}({{}}, {{}})", inner(), inner()),
        ]

    def double_calls(self, depth, scope):
        inner = lambda: self.expression("double", depth, scope)  # noqa: E731
        return [
            lambda: self.call("double", f"({{}} {self.pick('+', '-', '*')} {{}})", self.leaf("double", scope), inner()),
            lambda: self.call("double", f"({{}} / {self.pick('2', '4', '0.5e0')})", inner()),
            lambda: self.call("double", "CAST({} AS DOUBLE)", self.expression("int", depth, scope)),
            lambda: self.call("double", f"{self.pick('abs', 'floor', 'ceil')}({{}})", inner()),
            lambda: self.call("double", "({} + {})", inner(), self.expression("int", depth, scope)),
        ]

    def dec_calls(self, depth, scope):
        leaf = lambda: self.leaf("dec", scope)  # noqa: E731
        return [
            lambda: self.call("dec", f"({{}} {self.pick('+', '-')} {{}})", leaf(), leaf()),
            lambda: self.call("dec", f"({{}} * {self.pick('1.5', '2', '0.25')})", leaf()),
            lambda: self.call("dec", f"{self.pick('abs', '-')}({{}})", leaf()),
            lambda: self.call("dec", "({} + {})", leaf(), self.leaf("int", scope)),
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
        ]

    def date_calls(self, depth, scope):
        return [
            lambda: self.call("date", f"({{}} {self.pick('+', '-')} CAST({{}} AS INTEGER))", self.leaf("date", scope), self.expression("int", depth, scope)),
            lambda: self.call("date", "CAST({} AS DATE)", self.expression("ts", depth, scope)),
            lambda: self.call("date", "greatest({}, {})", self.leaf("date", scope), self.leaf("date", scope)),
        ]

    def ts_calls(self, depth, scope):
        return [
            lambda: self.call("ts", "CAST({} AS TIMESTAMP)", self.expression("date", depth, scope)),
            lambda: self.call("ts", f"date_trunc('{self.pick('month', 'day', 'hour')}', {{}})", self.leaf("ts", scope)),
        ]

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
            calls.append(lambda: self.call("bool", f"({{}} {self.pick('', 'NOT ')}LIKE '{self.pick('a%', '%b%', '_', '%', 'a_c', '%日%')}')",
                                           self.expression("text", depth, scope)))
        if scope and depth > 0:
            calls += [
                lambda: self.call("bool", f"({self.pick('', 'NOT ')}EXISTS ({{}}))", self.select(depth - 1, ["int"])),
                lambda: self.membership(depth, scope),
                lambda: self.membership(depth, scope),
            ]
        return calls

    def membership(self, depth, scope):
        family = self.family()
        how = self.pick("IN", "NOT IN", "IN") if self.meeting else self.pick("IN", "NOT IN", "= ANY", "<> ALL", "< ANY", ">= ALL")
        return self.call("bool", f"({{}} {how} ({{}}))", self.expression(family, depth, scope), self.select(depth - 1, [family]))

    def one_value(self, family):
        """A query with one row."""
        name, columns = self.named_table()
        scope = [(f"{name.alias}.{column}", kind) for column, kind in columns]
        function = "min" if family == "bool" else self.pick("min", "max")
        where = self.expression("bool", 1, scope) if self.chance(0.4) else None
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
            named, columns = Named(self.body(depth - 1, families), self.alias()), [(f"x{number}", family) for number, family in enumerate(families)]
        else:
            named, columns = self.named_table()
        return named, [(f"{named.alias}.{column}", family) for column, family in columns]

    def join(self, depth, ctes):
        left, left_scope = self.source(depth - 1, ctes)
        right, right_scope = self.source(depth - 2 if self.chance(0.8) else depth - 1, ctes)
        kinds = ["INNER JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ","]
        kind = self.pick(*kinds) if self.meeting else self.pick(*kinds, "SEMI JOIN", "ANTI JOIN")
        scope = left_scope + right_scope
        if kind in ("CROSS JOIN", ","):
            return Join(left if kind == "," else without_commas(left), kind, right), scope
        left = without_commas(left)
        condition = self.condition(left_scope, right_scope)
        return Join(left, kind, right, condition), left_scope if kind in ("SEMI JOIN", "ANTI JOIN") else scope

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
            return SetOperation(self.body(depth - 1, families, ctes), kind, self.body(depth - 1, families, ctes))
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
        if family == "double" and not self.meeting:
            calls += [lambda: self.call("double", f"{self.pick('sum', 'avg')}({distinct}{{}})", self.leaf("double", scope)),
                      lambda: self.call("double", f"avg({distinct}{{}})", self.leaf(self.pick("int", "dec"), scope)),
                      lambda: self.call("double", f"{self.pick('var_pop', 'stddev_samp')}({{}})", self.leaf(self.pick("int", "double"), scope)),
                      lambda: self.call("double", f"{self.pick('median', 'quantile_cont')}({{}}{{}})", self.leaf("double", scope), Node("double", (", 0.25",)))]
            calls[-1] = lambda: self.call("double", "median({})", self.leaf("double", scope))
        if family == "dec":
            calls.append(lambda: self.call("dec", f"sum({distinct}{{}})", self.leaf("dec", scope)))
        if family == "bool":
            calls = [lambda: self.call("bool", f"{self.pick('bool_and', 'bool_or')}({{}})", of("bool"))] if not self.meeting else \
                [lambda: self.call("bool", "(count(*) > {})", self.leaf("int", []))]
        texts = [column for column, kind in scope if kind == "text"]
        if family == "text" and texts and not self.meeting:  # DuckDB refuses an order by a literal
            text = self.pick(*texts)
            calls.append(lambda: Node("text", (f"string_agg({text}, ',' ORDER BY {text})",)))
        call = self.pick(*calls)()
        if self.chance(0.15) and family != "bool":
            call = self.call(family, "{} FILTER (WHERE {})", call, self.expression("bool", 1, scope))
        return call

    def query(self):
        self.meeting, self.aliases = self.chance(0.3), 0
        ctes = []
        for number in range(self.pick(0, 0, 0, 1, 2)):
            families = [self.family() for _ in range(self.random.randint(1, 3))]
            ctes.append((f"q{number}", self.body(1, families, [(name, kinds) for name, _, kinds in ctes]), families))
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
