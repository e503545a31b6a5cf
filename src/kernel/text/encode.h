// kernel/text/encode.h — texts as numbers, digits and addresses, and back; digests.
#pragma once

#include <cstdint>

#include "kernel/text/new_text.h"

namespace headrace::kernel {

// The first code point; of an empty text 0 (ascii) or -1 (unicode).
int32_t first_code_point(StringRef text, int32_t of_empty) HEADRACE_HOST(first_code_point);
inline int32_t ascii(StringRef text) { return first_code_point(text, 0); }
inline int32_t unicode(StringRef text) { return first_code_point(text, -1); }

// The text of one code point; surrogates and what is beyond Unicode are bad arguments.
StringRef character_of(int32_t code, Faults& faults) HEADRACE_HOST(character_of);

// Upper-case digits of the bytes, two each; of a number without leading zeros, negative ones in two's complement.
StringRef hexadecimal(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(hexadecimal_of_text);
StringRef hexadecimal(int64_t value, Faults& faults, KernelContext& context) HEADRACE_HOST(hexadecimal_of_integer);
// The same in base 2, eight digits a byte.
StringRef binary_digits(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(binary_of_text);
StringRef binary_digits(int64_t value, Faults& faults, KernelContext& context) HEADRACE_HOST(binary_of_integer);
// Digits 0-9 A-Z; a negative value or a radix outside 2..36 is a bad argument. Filled with zeros up to `digits`, at most 64.
StringRef in_base(int64_t value, int64_t radix, int64_t digits, Faults& faults, KernelContext& context)
    HEADRACE_HOST(in_base);
inline StringRef in_base(int64_t value, int64_t radix, Faults& faults, KernelContext& context) {
  return in_base(value, radix, 0, faults, context);
}

// The bytes of hexadecimal digits in any case; an odd first digit stands alone. Anything else is a bad argument.
StringRef bytes_of_hexadecimal(StringRef digits, Faults& faults, KernelContext& context)
    HEADRACE_HOST(bytes_of_hexadecimal);
// Base64 with = at the end (RFC 4648); what is not that is a bad cast.
StringRef base64(StringRef bytes, Faults& faults, KernelContext& context) HEADRACE_HOST(base64);
StringRef bytes_of_base64(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(bytes_of_base64);
inline StringRef bytes_of_text(StringRef text) { return text; }
// Bytes that are no UTF-8 are the fault bad UTF-8.
StringRef text_of_bytes(StringRef bytes, Faults& faults) HEADRACE_HOST(text_of_bytes);

// Every byte but letters, digits and -_.~ as %XX (RFC 3986).
StringRef url_encode(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(url_encode);
// %XX as a byte; a % without two digits stays. What is then no UTF-8 is the fault bad UTF-8.
StringRef url_decode(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(url_decode);

// Lower-case hexadecimal digests: MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4).
StringRef md5(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(md5);
StringRef sha1(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(sha1);
StringRef sha256(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(sha256);

// "1.1 MiB", "-5 bytes": powers of 1024, or of 1000 with kB, MB …; one digit behind the point, cut off.
StringRef bytes_in_words(int64_t bytes, Faults& faults, KernelContext& context) HEADRACE_HOST(bytes_in_words);
StringRef bytes_in_decimal_words(int64_t bytes, Faults& faults, KernelContext& context)
    HEADRACE_HOST(bytes_in_decimal_words);

}  // namespace headrace::kernel
