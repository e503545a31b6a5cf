// optimize/read_fields.h — how much of a column's values is read: all, or some of the fields of a nested one.
#pragma once

#include <cstdint>
#include <vector>

#include "expr/expr.h"
#include "plan/field_path.h"

namespace headrace {

// Of one value. Nothing, unless something is added.
class ReadFields {
 public:
  static ReadFields whole();
  // Whether anything is: if only whether it is null, or how many elements it has.
  bool any() const { return any_; }
  void add(const ReadFields& more);
  // Of the value in which this is read, as its field of that number.
  ReadFields as_field(uint32_t field) const;
  // Whether it is null, how many elements it has.
  static ReadFields presence();

  // Behind `to` of the value, in the order of their numbers: where only the presence is asked for, all of it is read.
  void append_paths(FieldPath& to, std::vector<FieldPath>& paths) const;

 private:
  bool any_ = false, whole_ = false;
  std::vector<ReadFields> inside_;  // by field; as many as are known to be read
};

// Adds what an expression reads of the columns it is over, when `of_result` is read of its value.
void add_reads(const ExprPtr& expr, const ReadFields& of_result, std::vector<ReadFields>& columns);

}  // namespace headrace
