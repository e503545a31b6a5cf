// runtime/test_promises.h — for tests: what rows have shown of a step, a sink or a source, held against what its contract promises.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include "kernel/contract.h"
#include "kernel/faults.h"

namespace headrace {

// By field of a contract; nothing: these rows cannot show it, or another test looks at it.
struct Seen {
  std::optional<Nulls> nulls = {};
  std::optional<uint32_t> faults = {};
  std::optional<Purity> purity = {};
  std::optional<Determinism> determinism = {};
  std::optional<Cardinality> cardinality = {};
  std::optional<Domain> domain = {};
  std::optional<RowOrder> order = {};
  std::optional<UniqueKeys> keys = {};
  std::optional<uint8_t> algebra = {};  // the properties that held; others were not there to try
  std::optional<StateGrowth> state = {};
  std::optional<Buffers> buffers = {};
  std::optional<Lifetime> lifetime = {};  // at least
  std::optional<SideEffects> side_effects = {};
  std::optional<Concurrency> concurrency = {};
};

// How often each row that went in came out.
inline Cardinality cardinality_of(std::span<const uint32_t> times) {
  bool is_more = false, is_fewer = false;
  for (const uint32_t count : times) {
    is_more = is_more || count > 1;
    is_fewer = is_fewer || count == 0;
  }
  return is_more ? Cardinality::kOneToMany : is_fewer ? Cardinality::kZeroOrOne : Cardinality::kOneToOne;
}

class PromiseCheck {
 public:
  PromiseCheck(const Contract& contract, const Seen& seen) {
    hold("nulls", {"propagate", "sees"}, contract.nulls.value, seen.nulls);
    hold("purity", {"pure", "impure"}, contract.purity.value, seen.purity);
    hold("determinism", {"always", "within a query", "none"}, contract.determinism.value, seen.determinism);
    hold("cardinality", {"1 : 1", "1 : 0..1", "1 : n", "n : 1"}, contract.cardinality.value, seen.cardinality);
    hold("domain", {"same", "other"}, contract.domain.value, seen.domain);
    hold("order", {"kept", "needed", "free"}, contract.order.value, seen.order);
    hold("keys", {"kept", "made", "lost"}, contract.keys.value, seen.keys);
    hold("state", {"nothing", "fixed", "with groups", "with rows"}, contract.state.value, seen.state);
    hold("buffers", {"value", "borrows", "owns"}, contract.buffers.value, seen.buffers);
    hold("side effects", {"none", "external"}, contract.side_effects.value, seen.side_effects);
    if (seen.lifetime.has_value() && *seen.lifetime < contract.lifetime)
      hold("lifetime", {"batch", "owner", "query"}, contract.lifetime.value, seen.lifetime);
    if (seen.concurrency.has_value() && contract.concurrency == Concurrency::kAny)
      hold("concurrency", {"any", "one"}, contract.concurrency.value, seen.concurrency);
    if (seen.algebra.has_value() && (contract.algebra & ~*seen.algebra) != 0)
      broken_.insert(fmt::format("algebra: promises {:04b}, shows {:04b}", contract.algebra.value, *seen.algebra));
    if (seen.faults.has_value()) hold_faults(contract.faults, *seen.faults);
  }

  std::set<std::string> take() { return std::move(broken_); }

 private:
  template <class T>
  void hold(const char* field, std::vector<const char*> names, T promised, std::optional<T> seen) {
    if (seen.has_value() && *seen != promised)
      broken_.insert(fmt::format("{}: promises '{}', shows '{}'", field, names[static_cast<size_t>(promised)],
                                 names[static_cast<size_t>(*seen)]));
  }

  void hold_faults(uint32_t promised, uint32_t seen) {
    for (uint32_t bit = 1; bit <= Faults::kBadArgument; bit <<= 1) {
      if ((seen & ~promised & bit) != 0) broken_.insert(fmt::format("faults: sets {}", fault_name(bit)));
      if ((promised & ~seen & bit) != 0) broken_.insert(fmt::format("faults: never sets {}", fault_name(bit)));
    }
  }

  std::set<std::string> broken_;
};

inline std::set<std::string> broken_promises(const Contract& contract, const Seen& seen) {
  return PromiseCheck(contract, seen).take();
}

struct WrongPromise {
  void (*change)(Contract& contract);
  const char* field;  // what is found begins so
};

// Whether what was seen shows that the changed contract is wrong.
inline bool is_found(const WrongPromise& wrong, Contract contract, const Seen& seen) {
  wrong.change(contract);
  const std::set<std::string> broken = broken_promises(contract, seen);
  return std::ranges::any_of(broken, [&](const std::string& one) { return one.starts_with(wrong.field); });
}

}  // namespace headrace
