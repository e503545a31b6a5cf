#include "io/parquet_write/piece_column.h"

#include <cstring>

namespace headrace {
namespace {

constexpr uint32_t kNoNumber = ~uint32_t{0};
constexpr uint64_t kTextsBetweenLooks = 4'096, kTextsAtFirstLook = 512;

}  // namespace

PieceColumn::PieceColumn(Type type, Reservation& reservation, Arena& texts)
    : type_(type),
      width_(type.id == TypeId::kNull ? 0 : width_bytes(type.id)),
      reservation_(reservation),
      texts_(texts),
      validity_(reservation),
      values_(reservation),
      codes_(reservation),
      table_(reservation),
      dictionary_numbers_(reservation) {}

Status PieceColumn::append(const Vector& vector, uint32_t rows) {
  TRY_STATUS(append_validity(vector, rows));
  TRY_STATUS(is_text_layout(type_) ? append_texts(vector, rows) : append_fixed(vector, rows));
  rows_ += rows;
  return kDone;
}

void PieceColumn::end() {
  table_.stop_looking();
  dictionary_numbers_.clear();
  dictionary_owner_.reset();
  dictionary_ = nullptr;
}

Status PieceColumn::append_validity(const Vector& vector, uint32_t rows) {
  if (vector.validity == nullptr && validity_.size() == 0) return kDone;
  const bool first = validity_.size() == 0;
  TRY_STATUS(validity_.reserve(rows_ + rows));
  if (first)
    for (uint64_t row = 0; row < rows_; ++row) validity_.push(1);
  for (uint32_t row = 0; row < rows; ++row) validity_.push(vector.is_valid(row) ? 1 : 0);
  return kDone;
}

Status PieceColumn::append_fixed(const Vector& vector, uint32_t rows) {
  if (width_ == 0) return kDone;
  const uint64_t bytes = uint64_t{rows} * width_;
  TRY_STATUS(values_.reserve(values_.size() + bytes));
  char* to = values_.extend(bytes);
  const auto* from = vector.as<char>();
  if (vector.encoding == Encoding::kFlat) {
    std::memcpy(to, from, bytes);
  } else {
    for (uint32_t row = 0; row < rows; ++row, to += width_)
      std::memcpy(to, from + uint64_t{vector.index_of(row)} * width_, width_);
  }
  return kDone;
}

Status PieceColumn::append_texts(const Vector& vector, uint32_t rows) {
  TRY_STATUS(table_.prepare(rows));
  TRY_STATUS(codes_.reserve(codes_.size() + rows));
  const auto* texts = vector.as<StringRef>();
  if (vector.encoding == Encoding::kFlat) {
    for (uint32_t row = 0; row < rows; ++row) codes_.push(vector.is_valid(row) ? number_of(texts[row]) : 0);
  } else {
    TRY_STATUS(meet_dictionary(vector));
    for (uint32_t row = 0; row < rows; ++row) {
      uint32_t& number = dictionary_numbers_[vector.index_of(row)];
      const bool valid = vector.is_valid(row);
      if (valid && number == kNoNumber) number = number_of(texts[vector.index_of(row)]);
      codes_.push(valid ? number : 0);
    }
  }
  return texts_.exhausted() ? Status(exhausted(reservation_)) : kDone;
}

Status PieceColumn::meet_dictionary(const Vector& vector) {
  const uint32_t entries = vector.encoding == Encoding::kConstant ? 1 : vector.dictionary_rows;
  if (dictionary_ != vector.data) {
    dictionary_ = vector.data;
    dictionary_owner_ = vector.owner;
    dictionary_numbers_.resize_down(0);
  }
  TRY_STATUS(dictionary_numbers_.reserve(entries));
  while (dictionary_numbers_.size() < entries) dictionary_numbers_.push(kNoNumber);
  return kDone;
}

StringRef PieceColumn::kept(const StringRef& text) {
  if (text.is_inline()) return text;
  char* to = texts_.allocate(text.size);
  if (to == nullptr) return {};  // append_texts() says so
  std::memcpy(to, text.pointer, text.size);
  return {to, text.size};
}

// Once most texts are new, looking for them costs more than a second copy of some; where hardly any comes again, few rows show it.
uint32_t PieceColumn::number_of(const StringRef& text) {
  if (!repeats_) return table_.add(kept(text));
  const uint32_t number = table_.find_or_add(text, [&](const StringRef& fresh) { return kept(fresh); });
  ++texts_seen_;
  if ((texts_seen_ == kTextsAtFirstLook && table_.size() > kTextsAtFirstLook / 8 * 7) ||
      (texts_seen_ % kTextsBetweenLooks == 0 && table_.size() > texts_seen_ / 2)) {
    repeats_ = false;
    table_.stop_looking();
  }
  return number;
}

}  // namespace headrace
