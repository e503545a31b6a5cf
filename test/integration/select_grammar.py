"""A generator of SELECT statements from a grammar: every clause that the parser knows, in every place that takes it.

generate(seed) gives one statement. Nothing in it need resolve: names are drawn from a few, types are not looked at.
"""

import random

# Symbol: productions, each a list of texts and [symbols]. The first production of a symbol is the one that ends.
GRAMMAR = {
    "statement": ["{query}"],
    "query": ["{select}", "{with}{body}{order}{limit}", "{body}{order}{limit}"],
    "with": ["WITH w AS ({query}) ", "WITH w(a, b) AS ({query}), v AS MATERIALIZED ({query}) "],
    "body": ["{select}", "{body} {set} {term}", "VALUES ({value}, {value}), ({value}, {value})", "TABLE t"],
    "term": ["{select}", "({query})", "VALUES ({value})"],
    "set": ["UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL", "UNION DISTINCT"],
    "select": [
        "SELECT {list} FROM {table}",
        "SELECT {distinct}{list} FROM {from}{where}{group}",
        "SELECT {distinct}{value}, {value} AS {name}",
        "SELECT {distinct}{list} FROM {from}{where}{group}",
    ],
    "distinct": ["", "", "DISTINCT ", "ALL ", "DISTINCT ON ({value}) "],
    "list": ["{item}", "{item}, {item}", "{item}, {item}, {item}"],
    "item": ["{value}", "{aggregate} {operator} {plain}", "{aggregate} AS {name}", "{value} AS {name}", "{value} {alias}", "*", "t.*", "{value}"],
    "from": ["{table}", "{joined}", "{table}, {joined}"],
    "joined": [
        "{table}",
        "{joined} JOIN {table} ON {condition}",
        "{joined} {side} JOIN {table} USING (a, b)",
        "{joined} NATURAL {side} JOIN {table}",
        "{joined} CROSS JOIN {table}",
        "({joined} JOIN {table} ON {condition})",
        "{joined} JOIN {table} JOIN {table} ON {condition} ON {condition}",
    ],
    "side": ["INNER", "LEFT", "RIGHT", "FULL", "LEFT OUTER", "FULL OUTER"],
    "table": ["t", "u AS x", "w {alias}", "({query}) AS q", "({query}) AS q(a, b)", "t AS x(a, b)", "(VALUES (1, 2)) AS v(a)",
              "t TABLESAMPLE {sample}", "u AS x TABLESAMPLE {sample}"],
    "sample": ["BERNOULLI (10)", "system (2.5)", "reservoir (5) REPEATABLE (3)", "Bernoulli (1e1) REPEATABLE (0)"],
    "where": ["", " WHERE {condition}"],
    "group": ["", "", " GROUP BY {keys}", " GROUP BY {keys} HAVING {condition}",
              " GROUP BY ROLLUP ({keys}), {keys}", " GROUP BY GROUPING SETS (CUBE ({keys}), {keys}, ())",
              " HAVING {aggregate} > 1 AND {condition}"],
    "keys": ["a", "{value}", "a, {value}", "()", "(a, b)", "1"],
    "order": ["", " ORDER BY {sort}", " ORDER BY {sort}, {sort}"],
    "sort": ["a", "{aggregate} DESC", "{value} DESC", "{value} ASC NULLS FIRST", "2 DESC NULLS LAST"],
    "limit": [
        "",
        " LIMIT 5",
        " LIMIT 5 OFFSET 2",
        " OFFSET 3 ROWS",
        " OFFSET 1 ROW FETCH FIRST 2 ROWS ONLY",
        " FETCH NEXT ROW ONLY",
        " LIMIT ALL",
        " LIMIT (2 + 3)",
    ],
    "condition": [
        "a = 1",
        "{value} {comparison} {value}",
        "{condition} AND {condition}",
        "{condition} OR {condition}",
        "NOT {condition}",
        "({condition})",
        "{value} IS {not}NULL",
        "{value} IS {not}TRUE",
        "{value} IS {not}UNKNOWN",
        "{value} IS {not}DISTINCT FROM {value}",
        "{value} {not}BETWEEN {plain} AND {plain}",
        "{value} {not}BETWEEN SYMMETRIC {plain} AND {plain}",
        "{value} {not}IN ({value}, {value})",
        "{value} {not}IN ({query})",
        "{value} {not}LIKE {text}",
        "{value} {not}ILIKE {text} ESCAPE '#'",
        "{value} {not}SIMILAR TO {text}",
        "{value} ~ {text}",
        "{value} !~* {text}",
        "{not}EXISTS ({query})",
        "{value} {comparison} {quantifier} ({query})",
        "(a, b) {comparison} ({value}, {value})",
        "(a, b) {not}IN ((1, 2), (3, {value}))",
        "ROW(a, b) = ROW(1, {value})",
        "a ISNULL",
        "b NOTNULL",
    ],
    "quantifier": ["ANY", "ALL", "SOME"],
    "not": ["", "NOT "],
    "comparison": ["=", "<>", "!=", "<", "<=", ">", ">="],
    "value": [
        "{column}",
        "{literal}",
        "{value} {operator} {plain}",
        "{plain} {operator} {value}",
        "({value})",
        "- {column}",
        "+ {value}",
        "({query})",
        "CASE WHEN {condition} THEN {value} ELSE {value} END",
        "CASE {value} WHEN {value} THEN {value} WHEN 2 THEN {value} END",
        "CAST({value} AS {type})",
        "{plain}::{type}",
        "{function}",
        "({condition})",
        "~ {plain}",
        "{plain} AT TIME ZONE 'UTC'",
    ],
    "plain": ["{column}", "{literal}", "({value})", "{function}"],
    "operator": ["+", "-", "*", "/", "%", "||", "^", "&", "|", "<<", ">>"],
    "column": ["a", "b", "t.a", '"Quoted name"', "x.b"],
    "literal": [
        "1",
        "1.5",
        ".5",
        "1e3",
        "1_000",
        "0xFF",
        "0b101",
        "0o17",
        "{text}",
        "NULL",
        "TRUE",
        "FALSE",
        "DATE '2024-01-31'",
        "TIMESTAMP '2024-01-31'",
        "12345678901234567890",
        "$1",
        "ARRAY[1, 2]",
        "{column}[1]",
        "{column}[1:2]",
    ],
    "text": ["'x'", "'it''s'", "E'a\\nb'", "$$dollar$$", "$q$it's$q$", "''"],
    "type": ["int", "bigint", "double precision", "varchar(10)", "decimal(10, 2)", "text", "boolean", "date", "timestamp"],
    "function": [
        "lower({value})",
        "coalesce({value}, {value}, 1)",
        "nullif({value}, {value})",
        "extract(year FROM {value})",
        "position({plain} IN {plain})",
        "substring({value} FROM 2 FOR 3)",
        "substring({value} FROM 2)",
        "trim(LEADING 'x' FROM {value})",
        "trim(BOTH FROM {value})",
        "trim({value})",
        "overlay({value} PLACING 'x' FROM 2 FOR 1)",
        "round({value}, 2)",
        "current_date",
        "greatest({value}, {value})",
    ],
    "aggregate": [
        "count(*)",
        "sum({value})",
        "count(DISTINCT {column})",
        "max({value}) FILTER (WHERE {condition})",
        "max(a ORDER BY b DESC NULLS LAST)",
        "sum(ALL a)",
        "max(a) WITHIN GROUP (ORDER BY b)",
    ],
    "name": ["n", '"as"', "total", "Größe"],
    "alias": ["n", "total", '"x y"'],
}
DEPTH_MAX = 7
BLANKS = [" ", " ", " ", "  ", "\n", " /* c */ ", " -- c\n"]


def expand(text, depth, draw):
    result, at = "", 0
    while (start := text.find("{", at)) >= 0:
        end = text.index("}", start)
        productions = GRAMMAR[text[start + 1 : end]]
        shallow = depth >= DEPTH_MAX
        chosen = productions[0] if shallow else draw.choice(productions)
        result += text[at:start] + expand(chosen, depth + 1, draw)
        at = end + 1
    return result + text[at:]


def generate(seed):
    draw = random.Random(seed)
    words = expand("{statement}", 0, draw).split(" ")
    return "".join(word + (draw.choice(BLANKS) if at + 1 < len(words) else "") for at, word in enumerate(words))
