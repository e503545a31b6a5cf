#include "io/parquet_write/encoded_chunk.h"

#include "io/parquet_write/page_maker.h"
#include "io/parquet_write/value_table.h"

namespace headrace {
namespace {

using parquet::Encoding;

constexpr uint64_t kDictionaryBytesMax = uint64_t{1} << 20;
constexpr size_t kBoundBytesMax = 256;  // of texts; longer bounds are cut

// A bound that is cut: below, a prefix; above, the least text of that length that is greater.
std::string cut_bound(std::string bound, bool below, std::optional<bool>& exact) {
  exact = bound.size() <= kBoundBytesMax;
  if (*exact) return bound;
  bound.resize(kBoundBytesMax);
  while (!bound.empty() && (bound.back() & 0xc0) == 0x80) bound.pop_back();  // not inside a character
  if (!bound.empty() && static_cast<uint8_t>(bound.back()) >= 0xc0) bound.pop_back();
  if (below) return bound;
  for (; !bound.empty(); bound.pop_back()) {
    const auto last = static_cast<uint8_t>(bound.back());
    if (last >= 0x7f) continue;  // the next character would have other bytes, too
    bound.back() = static_cast<char>(last + 1);
    return bound;
  }
  return bound;
}

template <class T>
parquet::EncodedStatistics statistics_of(const ValueBounds<T>& bounds, const LeafValues& leaf) {
  parquet::EncodedStatistics statistics;
  statistics.set_is_signed(leaf.column.sort_order() == parquet::SortOrder::SIGNED);
  if (!bounds.any) return statistics;
  const auto width = static_cast<uint32_t>(std::max(leaf.column.type_length(), 0));
  statistics.set_min(cut_bound(bound_bytes(bounds.least, width, true), true, statistics.is_min_value_exact));
  std::string most = cut_bound(bound_bytes(bounds.most, width, false), false, statistics.is_max_value_exact);
  if (most.empty() && !*statistics.is_max_value_exact) return statistics;  // none that short is greater
  statistics.set_max(std::move(most));
  return statistics;
}

template <class T>
class ChunkEncoder {
 public:
  ChunkEncoder(const LeafValues& leaf, bool wants_bloom, const ParquetStyle& style, arrow::MemoryPool& pool,
               Reservation& reservation, EncodedChunk& out)
      : leaf_(leaf),
        style_(style),
        pool_(pool),
        reservation_(reservation),
        out_(out),
        pages_(leaf, style, pool, reservation, out),
        width_(static_cast<uint32_t>(std::max(leaf.column.type_length(), 0))),
        is_unsigned_(leaf.column.sort_order() == parquet::SortOrder::UNSIGNED),
        wants_bloom_(wants_bloom && !std::is_same_v<T, uint8_t>) {}

  Status write_plain(std::span<const T> values) {
    if (wants_bloom_) fill_bloom(values);
    ValueBounds<T> whole;
    for (PageCut page; pages_.next(page, [&](uint64_t at) { return bytes_of(values[at]); });) {
      const auto part = values.subspan(page.first_value, page.last_value - page.first_value);
      TRY_STATUS(
          pages_.write_page(page, Encoding::PLAIN, [&](PageBytes& to) { return append_plain(part, width_, to); }));
      ValueBounds<T> bounds;
      bounds.see(part, is_unsigned_);
      pages_.describe_page(page, statistics_of(bounds, leaf_));
      whole.see(bounds, is_unsigned_);
    }
    uint64_t bytes = 0;
    if constexpr (std::is_same_v<T, StringRef>) bytes = plain_bytes(values, width_) - 4 * values.size();
    return finish(whole, bytes);
  }

  // `codes` of the present values into `entries`.
  Status write_coded(std::span<const T> entries, const AccountedArray<uint32_t, 16>& codes) {
    if (wants_bloom_) fill_bloom(entries);
    PageBytes plain(reservation_);
    TRY_STATUS(append_plain(entries, width_, plain));
    pages_.write_dictionary(static_cast<uint32_t>(entries.size()), plain);
    plain.clear();
    const uint32_t bits = std::max(bits_for(entries.size() - 1), 1U);
    AccountedArray<uint32_t, 16> last_page(reservation_);  // by entry: the page that has it
    TRY_STATUS(last_page.reserve(entries.size()));
    for (size_t i = 0; i < entries.size(); ++i) last_page.push(0);
    ValueBounds<T> whole;
    uint64_t text_bytes = 0;
    uint32_t number = 0;
    for (PageCut page; pages_.next(page, [](uint64_t) { return 4; });) {
      ++number;
      TRY_STATUS(pages_.write_page(page, Encoding::RLE_DICTIONARY, [&](PageBytes& to) -> Status {
        TRY_STATUS(to.reserve(to.size() + 1));
        to.push(static_cast<uint8_t>(bits));
        return append_bit_runs(codes.begin() + page.first_value, page.last_value - page.first_value, bits, to);
      }));
      ValueBounds<T> bounds;
      for (uint64_t at = page.first_value; at < page.last_value; ++at) {
        const uint32_t code = codes[at];
        if constexpr (std::is_same_v<T, StringRef>) text_bytes += entries[code].size;
        if (last_page[code] == number) continue;
        last_page[code] = number;
        bounds.see(entries.subspan(code, 1), is_unsigned_);
      }
      pages_.describe_page(page, statistics_of(bounds, leaf_));
      whole.see(bounds, is_unsigned_);
    }
    if constexpr (!std::is_floating_point_v<T>) {
      out_.statistics.set_distinct_count(static_cast<int64_t>(entries.size()));
    }
    return finish(whole, text_bytes);
  }

  // Whether a dictionary is shorter, codes included.
  bool pays(std::span<const T> entries, uint64_t values, uint64_t values_bytes) const {
    const uint64_t bytes = plain_bytes(entries, width_);
    return bytes <= kDictionaryBytesMax &&
           bytes + values * std::max(bits_for(entries.size() - 1), 1U) / 8 < values_bytes;
  }

 private:
  uint64_t bytes_of(const T& value) const {
    if constexpr (std::is_same_v<T, StringRef>) return uint64_t{4} + value.size;
    return sizeof value;
  }

  void fill_bloom(std::span<const T> values) {
    out_.bloom = std::make_unique<parquet::BlockSplitBloomFilter>(&pool_);
    out_.bloom->Init(parquet::BlockSplitBloomFilter::OptimalNumOfBytes(std::max<uint64_t>(values.size(), 1),
                                                                       style_.bloom_false_positives));
    for (const T& value : values) out_.bloom->InsertHash(bloom_hash(*out_.bloom, value, width_));
  }

  Status finish(const ValueBounds<T>& whole, uint64_t text_bytes) {
    pages_.finish();
    parquet::EncodedStatistics statistics = statistics_of(whole, leaf_);
    statistics.set_null_count(static_cast<int64_t>(leaf_.count - leaf_.present));
    if (out_.statistics.has_distinct_count) statistics.set_distinct_count(out_.statistics.distinct_count);
    out_.statistics = std::move(statistics);
    count_levels(leaf_.definition, leaf_.column.max_definition_level(), out_.sizes.definition_level_histogram);
    count_levels(leaf_.repetition, leaf_.column.max_repetition_level(), out_.sizes.repetition_level_histogram);
    if constexpr (std::is_same_v<T, StringRef>)
      out_.sizes.unencoded_byte_array_data_bytes = static_cast<int64_t>(text_bytes);
    return kDone;
  }
  void count_levels(const AccountedArray<uint8_t, 16>& levels, int16_t most, std::vector<int64_t>& counts) const {
    if (most == 0) return;
    counts.assign(static_cast<size_t>(most) + 1, 0);
    if (levels.size() == 0) counts.back() = static_cast<int64_t>(leaf_.count);
    for (const uint8_t level : levels) ++counts[level];
  }

  const LeafValues& leaf_;
  const ParquetStyle& style_;
  arrow::MemoryPool& pool_;
  Reservation& reservation_;
  EncodedChunk& out_;
  PageMaker pages_;
  const uint32_t width_;
  const bool is_unsigned_, wants_bloom_;
};

// Numbers of texts in a whole row group, in the order of the rows. Whether it is given up depends on the rows alone, not on
// how they were cut into pieces.
class TextNumbers {
 public:
  explicit TextNumbers(Reservation& reservation) : table_(reservation), codes_(reservation), known_(reservation) {}

  // False: too many are distinct.
  Result<bool> number(std::span<const ColumnRows> rows, uint64_t present) {
    TRY_STATUS(codes_.reserve(present));
    for (const ColumnRows& part : rows) {
      const uint32_t entries = part.column->entry_count();
      const bool maps = entries <= part.to - part.from;  // remembering an entry's number pays
      known_.resize_down(0);
      TRY_STATUS(known_.reserve(maps ? entries : 0));
      for (uint32_t entry = 0; maps && entry < entries; ++entry) known_.push(kUnknown);
      for (uint64_t from = part.from; from < part.to; from += kTextsAtOnce) {
        TRY_STATUS(table_.prepare(kTextsAtOnce));
        if (!number_rows(*part.column, from, std::min(part.to, from + kTextsAtOnce), maps)) return false;
      }
    }
    return true;
  }
  Result<bool> number(std::span<const StringRef> texts) {
    TRY_STATUS(codes_.reserve(texts.size()));
    for (size_t at = 0; at < texts.size(); ++at) {
      if (at % kTextsAtOnce == 0) TRY_STATUS(table_.prepare(kTextsAtOnce));
      if (!push(number_of(texts[at]))) return false;
    }
    return true;
  }

  std::span<const StringRef> entries() const { return {table_.entries(), table_.size()}; }
  const AccountedArray<uint32_t, 16>& codes() const { return codes_; }
  uint64_t plain_bytes() const {
    uint64_t bytes = 0;
    for (const uint32_t code : codes_) bytes += 4 + table_.entries()[code].size;
    return bytes;
  }

 private:
  static constexpr uint32_t kUnknown = ~uint32_t{0};
  static constexpr uint64_t kTextsAtOnce = 1'024, kTextsBetweenLooks = 1'024, kFirstLook = 4'096;

  bool number_rows(const PieceColumn& column, uint64_t from, uint64_t to, bool maps) {
    const uint8_t* validity = column.validity();
    for (uint64_t row = from; row < to; ++row) {
      if (validity != nullptr && validity[row] == 0) continue;
      const uint32_t entry = column.codes()[row];
      uint32_t number = maps ? known_[entry] : kUnknown;
      if (number == kUnknown) number = number_of(column.entries()[entry]);
      if (maps) known_[entry] = number;
      if (!push(number)) return false;
    }
    return true;
  }
  uint32_t number_of(const StringRef& text) {
    return table_.find_or_add(text, [&](const StringRef& fresh) {
      entry_bytes_ += 4 + uint64_t{fresh.size};
      return fresh;
    });
  }
  // False: it is time to give up.
  bool push(uint32_t number) {
    codes_.push(number);
    if (codes_.size() % kTextsBetweenLooks != 0) return true;
    if (entry_bytes_ > kDictionaryBytesMax) return false;
    return codes_.size() < kFirstLook || table_.size() <= codes_.size() / 4 * 3;
  }

  TextTable table_;
  AccountedArray<uint32_t, 16> codes_;
  AccountedArray<uint32_t, 16> known_;  // by entry of the piece in hand
  uint64_t entry_bytes_ = 0;
};

template <class T>
Status encode_values(const LeafValues& leaf, bool wants_bloom, const ParquetStyle& style, arrow::MemoryPool& pool,
                     Reservation& reservation, EncodedChunk& out) {
  ChunkEncoder<T> encoder(leaf, wants_bloom, style, pool, reservation, out);
  const std::span<const T> values = leaf.as<T>();
  if (values.empty() || std::is_same_v<T, uint8_t>) return encoder.write_plain(values);
  const uint64_t plain = plain_bytes(values, static_cast<uint32_t>(std::max(leaf.column.type_length(), 0)));
  if constexpr (std::is_same_v<T, StringRef>) {
    TextNumbers numbers(reservation);
    TRY(numbered, numbers.number(values));
    if (numbered && encoder.pays(numbers.entries(), values.size(), plain))
      return encoder.write_coded(numbers.entries(), numbers.codes());
  } else if constexpr (!std::is_same_v<T, uint8_t>) {
    ValueTable<T> table(reservation);
    AccountedArray<uint32_t, 16> codes(reservation);
    TRY_STATUS(codes.reserve(values.size()));
    TRY(numbered, table.number(values, kDictionaryBytesMax / sizeof(T), codes));
    if (numbered && encoder.pays(table.entries(), values.size(), plain))
      return encoder.write_coded(table.entries(), codes);
  }
  return encoder.write_plain(values);
}

}  // namespace

Status encode_chunk(const LeafValues& leaf, bool wants_bloom, const ParquetStyle& style, arrow::MemoryPool& pool,
                    Reservation& reservation, EncodedChunk& out) {
  const auto encode = [&](auto model) {
    return encode_values<decltype(model)>(leaf, wants_bloom, style, pool, reservation, out);
  };
  switch (leaf.column.physical_type()) {
    case parquet::Type::BOOLEAN: return encode(uint8_t{});
    case parquet::Type::INT32: return encode(int32_t{});
    case parquet::Type::INT64: return encode(int64_t{});
    case parquet::Type::FLOAT: return encode(float{});
    case parquet::Type::DOUBLE: return encode(double{});
    case parquet::Type::BYTE_ARRAY: return encode(StringRef{});
    default: return encode(int128{});
  }
}

Status encode_text_chunk(std::span<const ColumnRows> rows, LeafValues& leaf, bool wants_bloom,
                         const ParquetStyle& style, arrow::MemoryPool& pool, Reservation& reservation,
                         EncodedChunk& out) {
  ChunkEncoder<StringRef> encoder(leaf, wants_bloom, style, pool, reservation, out);
  {
    TextNumbers numbers(reservation);
    TRY(numbered, numbers.number(rows, leaf.present));
    if (numbered && leaf.present > 0 && encoder.pays(numbers.entries(), leaf.present, numbers.plain_bytes()))
      return encoder.write_coded(numbers.entries(), numbers.codes());
  }
  TRY_STATUS(gather_texts(rows, leaf));
  return encoder.write_plain(leaf.as<StringRef>());
}

}  // namespace headrace
