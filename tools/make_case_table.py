#!/usr/bin/env python3
"""Writes src/kernel/case_table.h: Unicode's simple case mappings as runs, from Python's own Unicode tables.

  python3 tools/make_case_table.py > src/kernel/case_table.h

str.upper() gives the full mapping. Where that is several characters, the simple one is the title-case character if there is
one (U+1FB3 → U+1FBC), and none otherwise; ß maps to ẞ, as in DuckDB. A run is code points first, first + step … last that all
move by the same distance.
"""

import sys
import unicodedata


def simple_upper(letter):
    if letter == "ß":
        return "ẞ"
    for mapped in (letter.upper(), letter.title()):
        if len(mapped) == 1:
            return mapped
    return letter


def simple_lower(letter):
    if letter == "İ":
        return "i"
    mapped = letter.lower()
    return mapped if len(mapped) == 1 else letter


def runs_of(mapping):
    pairs = [(code, ord(mapping(chr(code))) - code) for code in range(0x80, sys.maxunicode + 1)
             if not 0xD800 <= code < 0xE000 and mapping(chr(code)) != chr(code)]
    runs = []
    for code, distance in pairs:
        if runs:
            first, last, step, moved = runs[-1]
            gap = code - last
            if moved == distance and gap <= 2 and (step == gap or first == last):
                runs[-1] = (first, code, gap, moved)
                continue
        runs.append((code, code, 1, distance))
    return runs


def main():
    print(f"// kernel/case_table.h — simple case mappings above ASCII, Unicode {unicodedata.unidata_version}. "
          "Made by tools/make_case_table.py.")
    print("#pragma once\n\n#include <cstdint>\n\nnamespace headrace::kernel {\n")
    print("// Code points first, first + step … last map to themselves plus distance. Ascending.")
    print("struct CaseRun {\n  uint32_t first, last;\n  uint32_t step;\n  int32_t distance;\n};\n")
    for name, mapping in (("kToUpper", simple_upper), ("kToLower", simple_lower)):
        print(f"inline constexpr CaseRun {name}[] = {{")
        line = "   "
        for first, last, step, distance in runs_of(mapping):
            entry = f" {{0x{first:X}, 0x{last:X}, {step}, {distance}}},"
            if len(line) + len(entry) > 120:
                print(line)
                line = "   "
            line += entry
        print(line)
        print("};\n")
    print("}  // namespace headrace::kernel")


if __name__ == "__main__":
    main()
