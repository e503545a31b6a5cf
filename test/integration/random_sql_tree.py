"""Queries as trees: they print as SQL, and say what is smaller than they are (random_sql.py grows them)."""

import dataclasses

SIMPLEST = {"int": "1", "uint": "CAST(1 AS UTINYINT)", "double": "1e0", "dec": "1.0", "text": "'a'", "bool": "true", "date": "DATE '2020-01-01'",
            "ts": "TIMESTAMP '2020-01-01 00:00:00'", "list": "[1]", "unnest": "unnest([1])"}


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
    columns: str = ""  # "(x0, x1)"

    def __str__(self):
        source = self.source if isinstance(self.source, str) else f"({self.source})"
        return f"{source} AS {self.alias}{self.columns}"

    def smaller(self):
        if not isinstance(self.source, str):
            for one in self.source.smaller():
                yield Named(one, self.alias, self.columns)


@dataclasses.dataclass(frozen=True)
class Values:
    rows: tuple  # tuples of literals

    def __str__(self):
        return f"VALUES {', '.join(f'({chr(44).join(row)})' for row in self.rows)}"

    def smaller(self):
        for position in range(len(self.rows) if len(self.rows) > 1 else 0):
            yield Values(self.rows[:position] + self.rows[position + 1:])


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
    distinct: str = ""  # "DISTINCT ", "DISTINCT ON (x0) "
    limit: str = ""  # behind an order by all columns, as is DISTINCT ON
    family: str = "query"

    def __str__(self):
        text = f"SELECT {self.distinct}{', '.join(f'{node} AS {alias}' for node, alias in self.items)}"
        text += f" FROM {self.source}" if self.source is not None else ""
        text += f" WHERE {self.where}" if self.where is not None else ""
        text += f" GROUP BY {', '.join(map(str, self.groups))}" if self.groups else ""
        text += f" HAVING {self.having}" if self.having is not None else ""
        if self.limit or " ON " in self.distinct:
            text += " ORDER BY " + ", ".join(f"{position + 1} NULLS LAST" for position in range(len(self.items)))
        return text + self.limit

    def smaller(self):
        for name in ("where", "having", "source"):
            if getattr(self, name) is not None:
                yield dataclasses.replace(self, **{name: None})
        for name in ("distinct", "limit"):
            if getattr(self, name):
                yield dataclasses.replace(self, **{name: ""})
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
    parentheses: bool = True  # SQLite has none around the sides
    family: str = "query"

    def __str__(self):
        if self.parentheses:
            return f"({self.left}) {self.kind} ({self.right})"
        return f"SELECT * FROM ({self.left}) AS l {self.kind} SELECT * FROM ({self.right}) AS r"

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
