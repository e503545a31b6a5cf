// Against the library's compressor, against its decompressor on damaged streams, and on streams that its compressor never makes.
#include "io/parquet/snappy.h"

#include <arrow/util/compression.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace headrace::parquet_in {
namespace {

using Bytes = std::vector<uint8_t>;

arrow::util::Codec& library() {
  static const auto codec = arrow::util::Codec::Create(arrow::Compression::SNAPPY).ValueOrDie();
  return *codec;
}

Bytes compressed(const Bytes& bytes) {
  const auto size = static_cast<int64_t>(bytes.size());
  Bytes result(static_cast<size_t>(library().MaxCompressedLen(size, bytes.data())));
  result.resize(static_cast<size_t>(
      library().Compress(size, bytes.data(), static_cast<int64_t>(result.size()), result.data()).ValueOrDie()));
  return result;
}

bool is_accepted(const Bytes& stream, Bytes& to) {
  const auto found = library().Decompress(static_cast<int64_t>(stream.size()), stream.data(),
                                          static_cast<int64_t>(to.size()), to.data());
  return found.ok() && static_cast<size_t>(*found) == to.size();
}

// In rooms of exactly the size, so that a sanitizer sees what goes beyond.
void expect_as_the_library(const Bytes& stream, size_t size) {
  const Bytes exact(stream.begin(), stream.end());
  Bytes mine(size), theirs(size);
  const bool accepted = is_accepted(exact, theirs);
  ASSERT_EQ(decompress_snappy(exact, mine), accepted);
  if (accepted) {
    ASSERT_EQ(mine, theirs);
  }
}

// Cells of eight bytes, few texts, runs, and noise, so that literals and copies of all sizes and offsets come about.
Bytes random_bytes(std::mt19937_64& random, size_t size) {
  Bytes bytes;
  while (bytes.size() < size) {
    switch (random() % 4) {
      case 0:
        for (uint64_t i = random() % 40; i-- > 0;) {
          const uint64_t value = random() % 10'000'000;
          const auto* cell = reinterpret_cast<const uint8_t*>(&value);
          bytes.insert(bytes.end(), cell, cell + sizeof value);
        }
        break;
      case 1: bytes.insert(bytes.end(), random() % 100, static_cast<uint8_t>(random())); break;
      case 2:
        for (uint64_t i = random() % 70; i-- > 0;) bytes.push_back(static_cast<uint8_t>(random()));
        break;
      default: {
        const Bytes before = bytes;
        const size_t period = 1 + random() % 20;
        for (uint64_t i = random() % 200; i-- > 0 && before.size() > period;)
          bytes.push_back(bytes[bytes.size() - period]);
      }
    }
  }
  bytes.resize(size);
  return bytes;
}

TEST(Snappy, WhatTheLibraryCompressed) {
  std::mt19937_64 random(7);
  for (size_t size = 0; size < 400; ++size) expect_as_the_library(compressed(random_bytes(random, size)), size);
  for (int turn = 0; turn < 50; ++turn) {
    const Bytes bytes = random_bytes(random, random() % 300'000);
    Bytes found(bytes.size());
    ASSERT_TRUE(decompress_snappy(compressed(bytes), found));
    ASSERT_EQ(found, bytes);
  }
}

TEST(Snappy, DamagedStreamsAreRefusedAsTheLibraryDoes) {
  std::mt19937_64 random(11);
  for (int turn = 0; turn < 20'000; ++turn) {
    const size_t size = random() % 600;
    Bytes stream = compressed(random_bytes(random, size));
    for (uint64_t i = random() % 3; i-- > 0 && !stream.empty();)
      stream[random() % stream.size()] ^= static_cast<uint8_t>(1u << random() % 8);
    if (random() % 3 == 0) stream.resize(random() % (stream.size() + 1));
    expect_as_the_library(stream, random() % 4 == 0 ? size + random() % 3 : size);
    if (HasFatalFailure()) return;
  }
}

TEST(Snappy, EveryOffsetAndSizeOfACopy) {
  for (size_t offset = 1; offset <= 70; ++offset) {
    for (size_t size = 1; size <= 64; ++size) {
      for (const size_t behind : {0, 1, 95, 200}) {  // bytes after the copy: near the end and far from it
        Bytes stream;
        const size_t total = 70 + size + behind;
        stream.push_back(static_cast<uint8_t>(total | 0x80));
        stream.push_back(static_cast<uint8_t>(total >> 7));
        const auto literal = [&](size_t bytes) {
          for (size_t i = 0; i < bytes; ++i) {
            stream.push_back(0);
            stream.push_back(static_cast<uint8_t>(i * 7 + 1));
          }
        };
        literal(70);
        const size_t at = stream.size();
        for (const bool far : {false, true}) {
          stream.resize(at);
          stream.push_back(static_cast<uint8_t>((size - 1) << 2 | (far ? 3 : 2)));
          stream.push_back(static_cast<uint8_t>(offset));
          stream.insert(stream.end(), far ? 3 : 1, 0);
          literal(behind);
          expect_as_the_library(stream, total);
          ASSERT_FALSE(HasFatalFailure()) << "offset " << offset << ", size " << size;
        }
      }
    }
  }
}

TEST(Snappy, SizesOfLiteralsInOneToFourBytes) {
  for (uint32_t bytes = 1; bytes <= 4; ++bytes) {
    Bytes stream = {200, 1, static_cast<uint8_t>((59 + bytes) << 2), 199};
    stream.insert(stream.end(), bytes - 1, 0);
    stream.insert(stream.end(), 200, 'x');
    Bytes found(200);
    EXPECT_TRUE(decompress_snappy(stream, found));
    EXPECT_EQ(found, Bytes(200, 'x'));
    stream[2 + bytes] = bytes == 1 ? 201 : 0xff;  // more than follows
    EXPECT_FALSE(decompress_snappy(stream, found));
  }
  Bytes none;
  EXPECT_FALSE(decompress_snappy({}, none));
  EXPECT_FALSE(decompress_snappy(Bytes{0x80, 0x80, 0x80, 0x80, 0x80, 0}, none));  // a size without an end
  EXPECT_TRUE(decompress_snappy(Bytes{0}, none));
}

}  // namespace
}  // namespace headrace::parquet_in
