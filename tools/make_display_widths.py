#!/usr/bin/env python3
"""Writes src/io/format/display_width_ranges.inc: which code points take two columns of a terminal, and which none, from the
Unicode tables of this Python (East Asian Width W and F; categories Mn, Me, Cf). Unassigned code points join their neighbours."""

import pathlib
import unicodedata

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/io/format/display_width_ranges.inc"
SOFT_HYPHEN = 0xAD
WIDEST_GAP = 400


def assigned(code):
    return unicodedata.category(chr(code)) not in ("Cn", "Cs")


def is_wide(code):
    return assigned(code) and unicodedata.east_asian_width(chr(code)) in "WF"


def is_invisible(code):
    return unicodedata.category(chr(code)) in ("Mn", "Me", "Cf") and code != SOFT_HYPHEN


def ranges(holds):
    found = []
    for code in range(0x110000):
        if not holds(code):
            continue
        if found and code - found[-1][1] < WIDEST_GAP and not any(map(assigned, range(found[-1][1] + 1, code))):
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def text(name, found):
    lines, line = [], " "
    for first, last in found:
        item = f" {{0x{first:x}, 0x{last:x}}},"
        if len(line) + len(item) > 118:
            lines.append(line)
            line = " "
        line += item
    lines.append(line)
    return f"constexpr Range {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


OUT.write_text(f"// Made by tools/make_display_widths.py from Unicode {unicodedata.unidata_version}.\n"
               + text("kWide", ranges(is_wide)) + text("kInvisible", ranges(is_invisible)))
