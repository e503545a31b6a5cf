"""Makes a query smaller while somebody says that it still shows what it showed. Knows no grammar but parentheses, clauses and lists: what is
no SQL any more shows nothing.
"""

import re

TOKEN = re.compile(r"'(?:[^']|'')*'|[\w.]+|<=|>=|<>|\|\||//|[^\s\w]")
CLAUSES = ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "TABLESAMPLE", "USING", "JOIN", "LEFT", "CROSS", "ON", "UNION")
BREAKS = (*CLAUSES, ",", "AND", "OR", "BY")
BATCH = 40


def parsed(text):
    """Tokens; what stands in parentheses is a list of them."""
    levels = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            levels.append([])
        elif token == ")":
            levels[-2].append(levels.pop())
        else:
            levels[-1].append(token)
    assert len(levels) == 1, text
    return levels[0]


def written(tokens):
    return " ".join(token if isinstance(token, str) else f"({written(token)})" for token in tokens)


def is_query(tokens):
    return isinstance(tokens, list) and tokens[:1] == ["SELECT"]


def queries_inside(tokens):
    for token in tokens:
        if isinstance(token, list):
            if is_query(token):
                yield token
            yield from queries_inside(token)


def pieces(tokens):
    """(begin, end) of clauses, and of what stands between commas, AND and OR."""
    clauses = [at for at, token in enumerate(tokens) if token in CLAUSES] + [len(tokens)]
    for first, begin in enumerate(clauses):
        for end in clauses[first + 1:]:
            yield begin, end
    breaks = [at for at, token in enumerate(tokens) if token in BREAKS] + [len(tokens)]
    for begin, end in zip(breaks, breaks[1:]):
        yield begin, end
        yield begin + 1, end + 1
    for at, token in enumerate(tokens):
        if token in ("DISTINCT", "NOT", "DESC", "ALL"):
            yield at, at + 1


def expressions(tokens):
    """(begin, end, name) of what is in a select list as `… AS name`."""
    begin = None
    for at, token in enumerate(tokens):
        if token in ("SELECT", ","):
            begin = at + 1
        elif token == "AS" and begin is not None and at + 1 < len(tokens):
            yield begin, at, tokens[at + 1]
            begin = None
        elif token == "FROM":
            return


def smaller(tokens):
    if is_query(tokens):
        yield from queries_inside(tokens)
        for begin, end, name in expressions(tokens):
            for other in ([name], ["1"], ["''"]):
                yield tokens[:begin] + other + tokens[end:]
    for begin, end in pieces(tokens):
        if (begin, end) != (0, len(tokens)):
            yield tokens[:begin] + tokens[end:]
    for at, token in enumerate(tokens):
        if isinstance(token, list):
            for one in smaller(token):
                yield tokens[:at] + [one] + tokens[at + 1:]
        elif token.isdigit() and int(token) > 3:
            yield tokens[:at] + [str(int(token) // 2)] + tokens[at + 1:]


def smallest(text, still_shows, rounds=200):
    """The smallest query found for which still_shows([text, …]), a list of truth values, holds."""
    tokens, seen = parsed(text), set()
    for _ in range(rounds):
        candidates = {written(one): one for one in smaller(tokens)}
        fresh = sorted((one for one in candidates if one not in seen and len(one) < len(written(tokens))), key=len)
        for begin in range(0, len(fresh), BATCH):
            batch = fresh[begin:begin + BATCH]
            seen.update(batch)
            found = next((one for one, shows in zip(batch, still_shows(batch)) if shows), None)
            if found is not None:
                tokens = candidates[found]
                break
        else:
            break
    return written(tokens)
