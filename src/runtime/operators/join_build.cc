#include "runtime/operators/join_build.h"

#include "base/check.h"

namespace headrace {

JoinBuild::JoinBuild(const struct JoinBuildSink& spec, Schema input, QueryContext& context)
    : spec_(spec), schema_(std::move(input)), context_(context) {}

std::unique_ptr<Local> JoinBuild::local() {
  return std::make_unique<KeptRows>(schema_, context_.budget, "join build side");
}

Status JoinBuild::consume(uint32_t input, const Batch& batch, Local& mine) {
  bool nulls = false;
  for (uint32_t column = 0; column < spec_.key_columns; ++column)
    nulls |= drops_nulls(column) && batch.columns[column].validity != nullptr;
  if (!nulls || spec_.gives_unmatched) return static_cast<KeptRows&>(mine).append(input, batch);
  uint16_t selection[limits::kVectorRowsMax];
  uint32_t selected = 0;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    bool valid = true;
    for (uint32_t column = 0; column < spec_.key_columns; ++column)
      valid &= !drops_nulls(column) || batch.columns[column].is_valid(row);
    selection[selected] = static_cast<uint16_t>(row);
    selected += valid ? 1 : 0;
  }
  if (selected == batch.rows) return static_cast<KeptRows&>(mine).append(input, batch);
  null_keys_.store(true, std::memory_order_relaxed);
  return static_cast<KeptRows&>(mine).append(input, batch, selection, selected);
}

Status JoinBuild::merge(std::unique_ptr<Local> one) {
  std::lock_guard lock(mutex_);
  kept_.emplace_back(static_cast<KeptRows*>(one.release()));
  return kDone;
}

Status JoinBuild::finish() {
  const JoinTable::Options options{spec_.key_columns, spec_.nulls_equal, spec_.gives_unmatched, null_keys_};
  TRY(table, JoinTable::build(schema_, options, std::move(kept_), context_.budget, context_.cancel));
  table_ = std::move(table);
  return kDone;
}

Result<std::unique_ptr<Source>> JoinBuild::output() {
  if (!spec_.gives_unmatched)
    return Error{ErrorCode::kUnsupported, "a join's build side cannot be read as rows", "", ""};
  return table_->unmatched(context_.budget, context_.cancel);
}

const JoinTable& JoinBuild::table() const {
  CHECK(table_ != nullptr);  // finish() comes first
  return *table_;
}

const JoinTable& join_table_of(const Sink& sink) {
  const auto* build = dynamic_cast<const JoinBuild*>(&sink);
  CHECK(build != nullptr);
  return build->table();
}

}  // namespace headrace
