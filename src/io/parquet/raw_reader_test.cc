// Decoders against encoders written for this test.
#include "io/parquet/raw_reader.h"

#include <algorithm>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "io/parquet/delta_reader.h"
#include "io/parquet/hybrid.h"
#include "io/parquet/unpack.h"
#include "types/string_ref.h"

namespace headrace::parquet_in {
namespace {

using Bytes = std::vector<uint8_t>;

// With the padding behind it, which holds what no decoder may use.
struct Padded {
  explicit Padded(const Bytes& from) : bytes(from), size(from.size()) { bytes.resize(size + kReadPaddingBytes, 0xA5); }
  std::span<const uint8_t> span() const { return {bytes.data(), size}; }
  Bytes bytes;
  size_t size;
};

void put_varint(Bytes& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}
void put_zigzag(Bytes& to, uint64_t value) { put_varint(to, value << 1 ^ (value >> 63 != 0 ? ~uint64_t{0} : 0)); }

void put_packed(Bytes& to, const std::vector<uint64_t>& values, uint32_t bits) {
  const size_t begin = to.size();
  to.resize(begin + (values.size() * bits + 7) / 8);
  for (size_t i = 0; i < values.size(); ++i)
    for (uint32_t bit = 0; bit < bits; ++bit)
      to[begin + (i * bits + bit) / 8] |= static_cast<uint8_t>((values[i] >> bit & 1) << ((i * bits + bit) % 8));
}

uint64_t mask(uint32_t bits) { return bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

TEST(Unpack, EveryWidthAndCount) {
  std::mt19937_64 random(1);
  for (uint32_t bits = 0; bits <= 64; ++bits) {
    for (const uint32_t count : {0u, 1u, 7u, 8u, 9u, 31u, 32u, 33u, 100u, 2'048u}) {
      std::vector<uint64_t> values(count);
      for (uint64_t& value : values) value = random() & mask(bits);
      Bytes packed;
      put_packed(packed, values, bits);
      const Padded in(packed);
      std::vector<uint64_t> wide(count);
      unpack(in.bytes.data(), bits, count, wide.data());
      ASSERT_EQ(wide, values) << bits << " bits, " << count;
      if (bits > 32) continue;
      std::vector<uint32_t> narrow(count + 8, 77);
      unpack(in.bytes.data(), bits, count, narrow.data());
      ASSERT_TRUE(std::equal(values.begin(), values.end(), narrow.begin())) << bits << " bits, " << count;
      ASSERT_EQ(std::count(narrow.begin() + count, narrow.end(), 77u), 8) << "written behind the last value";
    }
  }
}

TEST(Unpack, BitsFromEveryPlace) {
  const Padded in({0b10110010, 0b01011101, 0xFF, 0x00, 0x81});
  for (uint64_t first = 0; first < 40; ++first)
    for (uint32_t count = 0; first + count <= 40; ++count) {
      std::vector<uint8_t> out(count);
      unpack_bits(in.bytes.data(), first, count, out.data());
      for (uint32_t i = 0; i < count; ++i)
        ASSERT_EQ(out[i], in.bytes[(first + i) / 8] >> ((first + i) % 8) & 1) << first << "+" << i;
    }
}

// Runs as a writer may choose them: repeated values, and packed groups of eight.
Bytes hybrid_of(const std::vector<uint64_t>& values, uint32_t bits, std::mt19937_64& random) {
  Bytes to;
  for (size_t at = 0; at < values.size();) {
    size_t same = 1;
    while (at + same < values.size() && values[at + same] == values[at]) ++same;
    if (same >= 3 || (at + 8 > values.size() && random() % 2 == 0)) {
      const size_t run = 1 + random() % same;
      put_varint(to, run << 1);
      for (uint32_t byte = 0; byte < (bits + 7) / 8; ++byte) to.push_back(static_cast<uint8_t>(values[at] >> 8 * byte));
      at += run;
      continue;
    }
    const size_t groups = 1 + random() % 4;
    std::vector<uint64_t> packed(values.begin() + static_cast<ptrdiff_t>(at),
                                 values.begin() + static_cast<ptrdiff_t>(std::min(at + groups * 8, values.size())));
    const size_t taken = packed.size();
    packed.resize((taken + 7) / 8 * 8);
    put_varint(to, packed.size() / 8 << 1 | 1);
    put_packed(to, packed, bits);
    at += taken;
    if (taken % 8 != 0) break;  // only the last run may be padded
  }
  return to;
}

TEST(Hybrid, AnyRunsInAnyStretches) {
  std::mt19937_64 random(2);
  for (uint32_t bits = 0; bits <= 32; ++bits) {
    for (int turn = 0; turn < 20; ++turn) {
      std::vector<uint64_t> values;
      while (values.size() < 3'000) {
        const uint64_t value = random() & mask(bits);
        values.insert(values.end(), random() % 3 == 0 ? random() % 100 : 1, value);
      }
      const Padded in(hybrid_of(values, bits, random));
      HybridReader reader(in.span(), bits);
      for (size_t at = 0; at < values.size();) {
        const auto count = static_cast<uint32_t>(std::min<size_t>(random() % 300, values.size() - at));
        uint32_t same = 0;
        if (random() % 3 == 0 && count > 0 && reader.read_same(count, same)) {
          for (uint32_t i = 0; i < count; ++i) ASSERT_EQ(same, values[at + i]);
        } else if (random() % 4 == 0) {
          ASSERT_TRUE(reader.skip(count));
        } else {
          std::vector<uint32_t> out(count);
          ASSERT_TRUE(reader.read(out.data(), count));
          for (uint32_t i = 0; i < count; ++i) ASSERT_EQ(out[i], values[at + i]) << bits << " bits, at " << at + i;
        }
        at += count;
      }
      uint32_t beyond[8];
      EXPECT_FALSE(reader.read(beyond, 8) && reader.read(beyond, 8)) << "values behind the last";
    }
  }
}

TEST(Hybrid, DamagedRunsEnd) {
  std::mt19937_64 random(3);
  for (int turn = 0; turn < 20'000; ++turn) {
    Bytes bytes(random() % 40);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    const Padded in(bytes);
    HybridReader reader(in.span(), static_cast<uint32_t>(random() % 33));
    std::vector<uint32_t> out(1'000);
    for (int i = 0; i < 10 && reader.read(out.data(), 1'000); ++i) {
    }
  }
}

Bytes delta_of(const std::vector<uint64_t>& values, uint64_t block, uint64_t miniblocks) {
  Bytes to;
  put_varint(to, block);
  put_varint(to, miniblocks);
  put_varint(to, values.size());
  put_zigzag(to, values.empty() ? 0 : values[0]);
  for (size_t at = 1; at < values.size(); at += block) {
    const size_t count = std::min<size_t>(block, values.size() - at);
    std::vector<uint64_t> differences(count);
    for (size_t i = 0; i < count; ++i) differences[i] = values[at + i] - values[at + i - 1];
    const uint64_t least = *std::min_element(differences.begin(), differences.end(), [](uint64_t a, uint64_t b) {
      return static_cast<int64_t>(a) < static_cast<int64_t>(b);
    });
    put_zigzag(to, least);
    const size_t widths = to.size(), mini = block / miniblocks;
    to.resize(widths + miniblocks);
    for (size_t m = 0; m * mini < count; ++m) {
      std::vector<uint64_t> packed(mini);
      uint64_t all = 0;
      for (size_t i = 0; i < mini && m * mini + i < count; ++i) all |= packed[i] = differences[m * mini + i] - least;
      uint32_t bits = 0;
      while (bits < 64 && all >> bits != 0) ++bits;
      to[widths + m] = static_cast<uint8_t>(bits);
      put_packed(to, packed, bits);
    }
  }
  return to;
}

TEST(Delta, IntegersThatWrapAround) {
  std::mt19937_64 random(4);
  for (const auto [block, miniblocks] : {std::pair{128, 4}, {8, 1}, {256, 2}, {1'024, 128}}) {
    for (const size_t count : {0, 1, 2, 8, 9, 127, 128, 129, 130, 1'000, 5'000}) {
      std::vector<uint64_t> values(count);
      for (size_t i = 0; i < count; ++i) values[i] = i % 3 == 0 ? random() : random() % 1'000;
      const Padded in(delta_of(values, static_cast<uint64_t>(block), static_cast<uint64_t>(miniblocks)));
      auto opened = DeltaReader::open(in.span(), count);
      ASSERT_TRUE(opened.ok());
      DeltaReader& reader = opened.value();
      ASSERT_EQ(reader.count(), count);
      std::vector<int64_t> wide(count);
      const size_t skipped = count / 3, first = count / 2;
      ASSERT_TRUE(reader.read(wide.data(), skipped));
      ASSERT_TRUE(reader.skip(first - skipped));
      ASSERT_TRUE(reader.read(wide.data() + first, count - first));
      for (size_t i = 0; i < count; ++i)
        if (i < skipped || i >= first) ASSERT_EQ(static_cast<uint64_t>(wide[i]), values[i]) << i << " of " << count;
      EXPECT_EQ(reader.end_of_values(), in.bytes.data() + in.size);
      EXPECT_FALSE(reader.skip(1));
    }
  }
}

struct Sample {
  Leaf leaf;
  Bytes bytes;
  ValueEncoding encoding;
  std::vector<std::string> values;  // as bytes
};

Bytes lengths_of(const std::vector<uint64_t>& lengths) { return delta_of(lengths, 128, 4); }

// The same texts in each encoding of byte arrays; of fixed size when `fixed`.
std::vector<Sample> samples(bool fixed) {
  std::mt19937_64 random(5);
  Leaf leaf{.name = "c",
            .type = kBinary,
            .physical = fixed ? Physical::kFixed : Physical::kBytes,
            .fixed_bytes = fixed ? 20u : 0};
  std::vector<std::string> values;
  for (int i = 0; i < 5'000; ++i) {
    std::string value = i > 0 ? values.back().substr(0, random() % (values.back().size() + 1)) : "";
    while (value.size() < (fixed ? 20 : random() % 40)) value += static_cast<char>('a' + random() % 26);
    values.push_back(std::move(value));
  }
  const auto append = [](Bytes& to, std::string_view text) { to.insert(to.end(), text.begin(), text.end()); };
  Bytes plain, delta_bytes, suffixes, all;
  std::vector<uint64_t> sizes, prefixes, suffix_sizes;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& value = values[i];
    const auto size = static_cast<uint32_t>(value.size());
    if (!fixed)
      for (int byte = 0; byte < 4; ++byte) plain.push_back(static_cast<uint8_t>(size >> 8 * byte));
    append(plain, value);
    append(all, value);
    sizes.push_back(size);
    size_t shared = 0;
    while (i > 0 && shared < std::min(size_t{size}, values[i - 1].size()) && value[shared] == values[i - 1][shared])
      ++shared;
    prefixes.push_back(shared);
    suffix_sizes.push_back(size - shared);
    append(suffixes, std::string_view(value).substr(shared));
  }
  delta_bytes = lengths_of(prefixes);
  const Bytes suffix_lengths = lengths_of(suffix_sizes);
  delta_bytes.insert(delta_bytes.end(), suffix_lengths.begin(), suffix_lengths.end());
  delta_bytes.insert(delta_bytes.end(), suffixes.begin(), suffixes.end());
  std::vector<Sample> made = {{leaf, plain, ValueEncoding::kPlain, values},
                              {leaf, delta_bytes, ValueEncoding::kDeltaBytes, values}};
  if (fixed) {
    Bytes split(values.size() * 20);
    for (size_t i = 0; i < values.size(); ++i)
      for (size_t byte = 0; byte < 20; ++byte) split[byte * values.size() + i] = static_cast<uint8_t>(values[i][byte]);
    made.push_back({leaf, split, ValueEncoding::kByteStreamSplit, values});
  } else {
    Bytes lengths = lengths_of(sizes);
    lengths.insert(lengths.end(), all.begin(), all.end());
    made.push_back({leaf, lengths, ValueEncoding::kDeltaLength, values});
  }
  return made;
}

std::string text_at(const Sample& sample, const RawValues& raw, uint32_t i) {
  if (sample.leaf.physical == Physical::kFixed)
    return {static_cast<const char*>(raw.data) + uint64_t{i} * sample.leaf.fixed_bytes, sample.leaf.fixed_bytes};
  return std::string(static_cast<const StringRef*>(raw.data)[i].view());
}

TEST(RawReader, BytesInEveryEncoding) {
  MemoryBudget budget(uint64_t{1} << 30);
  std::mt19937_64 random(6);
  for (const bool fixed : {false, true}) {
    for (const Sample& sample : samples(fixed)) {
      const Padded in(sample.bytes);
      for (int turn = 0; turn < 5; ++turn) {
        auto made = make_raw_reader(sample.encoding, {sample.leaf, in.span(), sample.values.size(), budget});
        ASSERT_TRUE(made.ok());
        for (size_t at = 0; at < sample.values.size();) {
          const auto count =
              static_cast<uint32_t>(std::min<size_t>(1 + random() % limits::kVectorRowsMax, sample.values.size() - at));
          if (random() % 3 == 0) {
            ASSERT_TRUE(made.value()->skip(count).ok());
          } else {
            const auto raw = made.value()->next(count);
            ASSERT_TRUE(raw.ok());
            for (uint32_t i = 0; i < count; ++i) ASSERT_EQ(text_at(sample, raw.value(), i), sample.values[at + i]);
          }
          at += count;
        }
        EXPECT_FALSE(made.value()->next(1).ok());
        EXPECT_FALSE(made.value()->skip(1).ok());
      }
    }
  }
  EXPECT_EQ(budget.bytes_used(), 0u);
}

// Whatever the bytes: values or an error, and no byte behind the padding (ASan looks).
TEST(RawReader, DamagedBytes) {
  MemoryBudget budget(uint64_t{1} << 30);
  std::mt19937_64 random(7);
  for (const bool fixed : {false, true}) {
    for (const Sample& sample : samples(fixed)) {
      for (int turn = 0; turn < 300; ++turn) {
        Bytes bytes = sample.bytes;
        if (turn % 2 == 0) bytes.resize(random() % bytes.size());
        for (int flips = 0; flips < 4 && !bytes.empty(); ++flips)
          bytes[random() % (turn % 3 == 0 ? std::min<size_t>(bytes.size(), 30) : bytes.size())] ^= 1u << random() % 8;
        const Padded in(bytes);
        auto made = make_raw_reader(sample.encoding, {sample.leaf, in.span(), sample.values.size(), budget});
        if (!made.ok()) continue;
        for (size_t left = sample.values.size(); left > 0;) {
          const auto count = static_cast<uint32_t>(std::min<size_t>(left, limits::kVectorRowsMax));
          const auto raw = made.value()->next(count);
          if (!raw.ok()) break;
          uint64_t sum = 0;
          for (uint32_t i = 0; i < count; ++i)
            for (const char byte : text_at(sample, raw.value(), i)) sum += static_cast<uint8_t>(byte);
          EXPECT_GE(sum, 0u);
          left -= count;
        }
      }
    }
  }
}

TEST(RawReader, EncodingsOfOtherTypesAreRefused) {
  MemoryBudget budget(1'000'000);
  const Leaf leaf{.name = "c", .type = kFloat64, .physical = Physical::k64};
  const Padded in({1, 2, 3});
  for (const ValueEncoding encoding : {ValueEncoding::kRle, ValueEncoding::kDeltaLength, ValueEncoding::kDeltaBytes})
    EXPECT_EQ(make_raw_reader(encoding, {leaf, in.span(), 1, budget}).error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace headrace::parquet_in
