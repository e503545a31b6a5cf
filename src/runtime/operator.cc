#include "runtime/operator.h"

namespace headrace {
namespace {

Error cannot(const char* what) { return {ErrorCode::kUnsupported, what, "", ""}; }

}  // namespace

Result<std::string> Source::save() const { return cannot("this source cannot resume: it has no read position"); }
Status Source::load(const std::string&) { return cannot("this source cannot resume: it has no read position"); }

Status Sink::on_watermark(Watermark, const Emit&) { return kDone; }
Status Sink::save(KeyGroups, StateWriter&) const { return cannot("this operator's state cannot be saved"); }
Status Sink::load(StateReader&) { return cannot("this operator's state cannot be restored"); }

const Schema& Sink::state_schema() const {
  static const Schema kNone;
  return kNone;
}

}  // namespace headrace
