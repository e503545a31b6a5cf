// kernel/text/digest.h — message digests of bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace headrace::kernel {

std::array<uint8_t, 16> md5_of(std::string_view bytes);  // RFC 1321
std::array<uint8_t, 20> sha1_of(std::string_view bytes);  // FIPS 180-4
std::array<uint8_t, 32> sha256_of(std::string_view bytes);  // FIPS 180-4

}  // namespace headrace::kernel
