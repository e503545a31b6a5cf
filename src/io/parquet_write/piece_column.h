// io/parquet_write/piece_column.h — one column of rows that wait for their row group: fixed-width values as they lie in
// vectors, texts as numbers into a list of texts.
#pragma once

#include <memory>

#include "io/parquet_write/text_table.h"
#include "state/arena.h"
#include "types/vector.h"

namespace headrace {

class PieceColumn {
 public:
  // Texts longer than a StringRef holds are copied into `texts`.
  PieceColumn(Type type, Reservation& reservation, Arena& texts);

  Status append(const Vector& vector, uint32_t rows);
  void end();  // nothing more is appended: what only finds texts again is let go of

  Type type() const { return type_; }
  // By row; nullptr: no nulls.
  const uint8_t* validity() const { return validity_.size() == 0 ? nullptr : validity_.begin(); }
  // [rows], null rows included: of a column other than text.
  template <class T>
  const T* values() const {
    return reinterpret_cast<const T*>(values_.begin());
  }
  // Of a text column: by row the number of an entry (of null rows: anything), and the entries.
  const uint32_t* codes() const { return codes_.begin(); }
  const StringRef* entries() const { return table_.entries(); }
  uint32_t entry_count() const { return table_.size(); }

 private:
  Status append_validity(const Vector& vector, uint32_t rows);
  Status append_fixed(const Vector& vector, uint32_t rows);
  Status append_texts(const Vector& vector, uint32_t rows);
  Status meet_dictionary(const Vector& vector);
  uint32_t number_of(const StringRef& text);
  StringRef kept(const StringRef& text);

  const Type type_;
  const uint32_t width_;
  Reservation& reservation_;
  Arena& texts_;
  uint64_t rows_ = 0, texts_seen_ = 0;
  bool repeats_ = true;  // texts are looked up: enough of them have been there before
  AccountedArray<uint8_t, 16> validity_;  // empty as long as there is no null
  AccountedArray<char, 128> values_;
  AccountedArray<uint32_t, 16> codes_;
  TextTable table_;
  // Numbers of the entries of the dictionary that the last vectors had.
  std::shared_ptr<const void> dictionary_owner_;
  const void* dictionary_ = nullptr;
  AccountedArray<uint32_t, 16> dictionary_numbers_;
};

}  // namespace headrace
