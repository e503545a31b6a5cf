// io/format/csv_values.h — fields of CSV text as values: conversion of a column, and inference of its type.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/format/csv_records.h"
#include "types/arrow_c.h"
#include "types/schema.h"

namespace headrace {

// The field of each row in one column: fields[row * stride].
struct CsvColumnFields {
  const CsvField* fields;
  uint32_t stride;
  uint32_t rows;
  const CsvField& at(uint32_t row) const { return fields[uint64_t{row} * stride]; }
};

struct CsvBadField {
  uint32_t row = 0;
  Error error;  // without `where`
};

// A flat vector. Strings point into the text, which `text` keeps alive. On a field that is no value of the type returns it
// in `bad` and an unusable vector; kLimit when memory runs out.
Result<Vector> convert_csv_column(const CsvColumnFields& fields, const Column& column, const CsvDialect& dialect,
                                  const AllocateBytes& allocate, const std::shared_ptr<const void>& text,
                                  CsvBadField* bad);

// Narrows a column's type field by field.
class CsvTypeGuess {
 public:
  void look_at(const CsvField& field, const CsvDialect& dialect);
  // The first of bool, int64, float64, date, timestamp that every non-null field is; utf8 otherwise, and without any.
  Type type() const;

 private:
  uint32_t candidates_ = ~0u;  // bit i: kCandidates[i] is still possible
  bool any_ = false;
  bool any_digit_ = false;  // "nan" alone does not make a number
};

}  // namespace headrace
