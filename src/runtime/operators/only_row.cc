#include "runtime/operators/only_row.h"

#include "runtime/operators/stored_source.h"
#include "types/chunk.h"

namespace headrace {

struct OnlyRow::Share final : Local {
  explicit Share(std::unique_ptr<KeptRows> rows) : kept(std::move(rows)) {}
  std::unique_ptr<KeptRows> kept;
  uint64_t rows = 0;
};

std::unique_ptr<Local> OnlyRow::local() {
  return std::make_unique<Share>(std::make_unique<KeptRows>(schema_, context_.budget, "subquery"));
}

Status OnlyRow::consume(uint32_t input, const Batch& batch, Local& mine) {
  auto& share = static_cast<Share&>(mine);
  if (share.rows == 0 && batch.rows > 0) {
    const uint16_t first = 0;
    TRY_STATUS(share.kept->append(input, batch, &first, 1));
  }
  share.rows += batch.rows;
  return kDone;
}

Status OnlyRow::merge(std::unique_ptr<Local> one) {
  auto& share = static_cast<Share&>(*one);
  std::lock_guard lock(mutex_);
  rows_ += share.rows;
  if (share.rows > 0) kept_.push_back(std::move(share.kept));
  return kDone;
}

Status OnlyRow::finish() {
  if (rows_ > 1)
    return Error{ErrorCode::kFault, "a subquery that stands for a value gives more than one row", "",
                 "add LIMIT 1, or take one value with an aggregate such as max(x)"};
  row_ = Batch{};
  row_.rows = 1;
  if (rows_ == 1)
    row_ = kept_[0]->store()->slice(0, 0, 1);
  else
    for (const Column& column : schema_) row_.columns.push_back(null_constant(column.type));
  kept_.clear();
  return kDone;
}

Result<std::unique_ptr<Source>> OnlyRow::output() { return batch_source(row_, "a row of a subquery"); }

}  // namespace headrace
