// io/format/utf8_words.h — whether text is UTF-8, 64 bytes at a time (io/format/byte_words.h).
#pragma once

#include "io/format/byte_words.h"

namespace headrace {

// First bytes of characters of two and more, three and more, and four bytes; and those whose second byte has bounds of its own.
struct Utf8Leads {
  uint64_t two = 0, three = 0, four = 0, e0 = 0, ed = 0, f0 = 0, f4 = 0;
  // Whether a character goes on in the next word.
  bool go_on() const { return (two >> 63 | three >> 62 | four >> 61) != 0; }
};

// Bytes where a word is not UTF-8 (Unicode standard, table 3-7): those that do not go on a character, and those that should.
[[gnu::always_inline]] inline uint64_t bad_utf8(const Bytes64& bytes, Utf8Leads& leads) {
  const Utf8Leads before = leads;
  const uint64_t below_c0 = bytes_below(bytes, 0xC0), below_e0 = bytes_below(bytes, 0xE0);
  const uint64_t below_f0 = bytes_below(bytes, 0xF0), below_a0 = bytes_below(bytes, 0xA0);
  const uint64_t below_90 = bytes_below(bytes, 0x90);
  leads = {~below_c0,
           ~below_e0,
           ~below_f0,
           bytes_equal(bytes, '\xE0'),
           bytes_equal(bytes, '\xED'),
           bytes_equal(bytes, '\xF0'),
           bytes_equal(bytes, '\xF4')};
  const auto behind = [](uint64_t now, uint64_t earlier, int by) { return now << by | earlier >> (64 - by); };
  const uint64_t expected =
      behind(leads.two, before.two, 1) | behind(leads.three, before.three, 2) | behind(leads.four, before.four, 3);
  const uint64_t found = bytes_above_ascii(bytes) & below_c0;
  const uint64_t never = (bytes_below(bytes, 0xC2) & ~below_c0) | ~bytes_below(bytes, 0xF5);
  return (expected ^ found) | never | (behind(leads.e0, before.e0, 1) & below_a0) |
         (behind(leads.ed, before.ed, 1) & ~below_a0) | (behind(leads.f0, before.f0, 1) & below_90) |
         (behind(leads.f4, before.f4, 1) & ~below_90);
}

}  // namespace headrace
