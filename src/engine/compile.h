// engine/compile.h — the whole compiler: from a written plan to a program that the runtime can run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "fuse/stage.h"
#include "plan/plan.h"
#include "runtime/settings.h"

namespace headrace {

// The forms that a plan went through, as text: what `explain --stage=NAME` prints.
class Trace {
 public:
  void add(std::string name, std::string text) { forms_.emplace_back(std::move(name), std::move(text)); }
  const std::vector<std::pair<std::string, std::string>>& forms() const { return forms_; }
  // A rule has made another plan of one.
  struct Rewrite {
    std::string rule;
    PlanPtr before, after;
  };
  void add(Rewrite rewrite) { rewrites_.push_back(std::move(rewrite)); }
  const std::vector<Rewrite>& rewrites() const { return rewrites_; }  // in their order
  // The last form of that name; nullptr: there is none.
  const std::string* find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> forms_;
  std::vector<Rewrite> rewrites_;
};

// Errors are the user's: names, types, options, what we do not support. `cancel` is looked at between passes: kCancelled.
Result<Program> compile(const Plan& written, Catalog& catalog, const Settings& settings, Trace& trace,
                        const CancelToken* cancel = nullptr);

// The same from a later form on: a resolved plan, or an optimized one.
Result<Program> compile_resolved(const PlanPtr& resolved, const Settings& settings, Trace& trace,
                                 const CancelToken* cancel = nullptr);
Result<Program> compile_optimized(const PlanPtr& optimized, const Settings& settings, Trace& trace,
                                  const CancelToken* cancel = nullptr);

}  // namespace headrace
