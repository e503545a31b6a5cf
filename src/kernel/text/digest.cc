#include "kernel/text/digest.h"

#include <bit>
#include <cstring>

namespace headrace::kernel {

namespace {

constexpr size_t kBlockBytes = 64;

// Calls compress(block) for each block of the padded message: a 1 bit, zeros, the length in bits as 8 bytes.
template <class Compress>
void each_block(std::string_view bytes, bool big_endian, Compress&& compress) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t at = 0;
  for (; at + kBlockBytes <= bytes.size(); at += kBlockBytes) compress(data + at);
  uint8_t last[2 * kBlockBytes] = {};
  const size_t left = bytes.size() - at;
  if (left > 0) std::memcpy(last, data + at, left);
  last[left] = 0x80;
  const size_t size = left + 9 <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes;
  const uint64_t bits = uint64_t{8} * bytes.size();
  for (size_t i = 0; i < 8; ++i) {
    const size_t shift = big_endian ? 8 * (7 - i) : 8 * i;
    last[size - 8 + i] = static_cast<uint8_t>(bits >> shift);
  }
  for (size_t block = 0; block < size; block += kBlockBytes) compress(last + block);
}

uint32_t little_endian(const uint8_t* at) {
  return uint32_t{at[0]} | uint32_t{at[1]} << 8 | uint32_t{at[2]} << 16 | uint32_t{at[3]} << 24;
}
uint32_t big_endian(const uint8_t* at) { return __builtin_bswap32(little_endian(at)); }

template <size_t kWords>
std::array<uint8_t, 4 * kWords> bytes_of(const uint32_t (&words)[kWords], bool most_significant_first) {
  std::array<uint8_t, 4 * kWords> result;
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<uint8_t>(words[i / 4] >> (most_significant_first ? 24 - 8 * (i % 4) : 8 * (i % 4)));
  return result;
}

// floor(2^32 |sin(i + 1)|)
constexpr uint32_t kMd5[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kMd5Turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// The first 32 bits behind the point of the cube roots of the first 64 primes.
constexpr uint32_t kSha256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

}  // namespace

std::array<uint8_t, 16> md5_of(std::string_view bytes) {
  uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  each_block(bytes, false, [&](const uint8_t* block) {
    auto [a, b, c, d] = state;
    for (int i = 0; i < 64; ++i) {
      const int round = i / 16;
      const uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                             : round == 1 ? (d & b) | (~d & c)
                             : round == 2 ? b ^ c ^ d
                                          : c ^ (b | ~d);
      const int word = (round == 0 ? i : round == 1 ? 5 * i + 1 : round == 2 ? 3 * i + 5 : 7 * i) % 16;
      const uint32_t sum = a + mixed + kMd5[i] + little_endian(block + 4 * word);
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kMd5Turns[round][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  });
  return bytes_of(state, false);
}

std::array<uint8_t, 20> sha1_of(std::string_view bytes) {
  uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  each_block(bytes, true, [&](const uint8_t* block) {
    uint32_t words[80];
    for (int i = 0; i < 16; ++i) words[i] = big_endian(block + 4 * i);
    for (int i = 16; i < 80; ++i) words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (int i = 0; i < 80; ++i) {
      const int round = i / 20;
      const uint32_t mixed = round == 0 ? (b & c) | (~b & d) : round == 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      constexpr uint32_t kRounds[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
      const uint32_t sum = std::rotl(a, 5) + mixed + e + kRounds[round] + words[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = sum;
    }
    const uint32_t made[5] = {a, b, c, d, e};
    for (int i = 0; i < 5; ++i) state[i] += made[i];
  });
  return bytes_of(state, true);
}

std::array<uint8_t, 32> sha256_of(std::string_view bytes) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  each_block(bytes, true, [&](const uint8_t* block) {
    uint32_t words[64];
    for (int i = 0; i < 16; ++i) words[i] = big_endian(block + 4 * i);
    for (int i = 16; i < 64; ++i) {
      const uint32_t near = words[i - 15], far = words[i - 2];
      words[i] = words[i - 16] + (std::rotr(near, 7) ^ std::rotr(near, 18) ^ near >> 3) + words[i - 7] +
                 (std::rotr(far, 17) ^ std::rotr(far, 19) ^ far >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (int i = 0; i < 64; ++i) {
      const uint32_t first =
          h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + kSha256[i] + words[i];
      const uint32_t second = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + first;
      d = c;
      c = b;
      b = a;
      a = first + second;
    }
    const uint32_t made[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; ++i) state[i] += made[i];
  });
  return bytes_of(state, true);
}

}  // namespace headrace::kernel
