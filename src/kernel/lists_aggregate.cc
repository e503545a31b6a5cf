// Aggregates over the elements of one list: the states of kernel/list/aggregate.def, given what the runtime gives them.
#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "base/limits.h"
#include "kernel/function.h"
#include "kernel/lists.h"
#include "kernel/loops.h"
#include "types/with_layout.h"

namespace headrace::kernel {
namespace {

template <class T>
constexpr char letter_of() {
  if constexpr (std::is_same_v<T, StringRef>) return 's';
  if constexpr (std::is_same_v<T, Interval>) return 'i';
  if constexpr (sizeof(T) == 16) return 'g';
  return static_cast<char>('0' + sizeof(T));
}

struct Elements {
  uint32_t count;
  const void* data;
  const uint8_t* validity;
};

// The states in memory of the alignment that they ask for.
class StateMemory {
 public:
  explicit StateMemory(const AggregateOverload& overload)
      : alignment_(std::align_val_t{std::max<size_t>(overload.state_alignment, 16)}),
        bytes_(::operator new(overload.state_bytes, alignment_)) {}
  ~StateMemory() { ::operator delete(bytes_, alignment_); }
  StateMemory(const StateMemory&) = delete;
  StateMemory& operator=(const StateMemory&) = delete;
  void* get() const { return bytes_; }

 private:
  std::align_val_t alignment_;
  void* bytes_;
};

class Aggregation {
 public:
  Aggregation(const AggregateOverload& overload, const void* second, Faults& faults, KernelContext& context)
      : overload_(overload),
        functions_(loop_table().aggregates[overload.id]),
        second_(second),
        faults_(faults),
        context_(context) {}

  // The result as a field.
  StringRef over(const StringRef& list, int32_t scale) {
    return with_layout(overload_.arguments[0], [&](auto sample) { return of<decltype(sample)>(list, scale); });
  }

 private:
  template <class T>
  StringRef of(const StringRef& list, int32_t scale) {
    const char letter = letter_of<T>();
    const StringRef shape(&letter, 1);
    std::vector<NestedFields> fields;
    for (NestedFields one(list, shape); !one.at_end(); one.next())
      if (overload_.keeps_nulls || one.is_valid()) fields.push_back(one);
    if (overload_.order == StateOrder::kSorted)
      std::sort(fields.begin(), fields.end(),
                [](const NestedFields& left, const NestedFields& right) { return view(left) < view(right); });
    if (overload_.order == StateOrder::kLast && fields.size() > 1) fields = {fields.back()};
    const auto count = static_cast<uint32_t>(fields.size());
    const auto values = std::make_unique<T[]>(count);
    std::vector<uint8_t> validity(count);
    for (uint32_t i = 0; i < count; ++i) {
      validity[i] = fields[i].is_valid() ? 1 : 0;
      if (validity[i] != 0) values[i] = read_nested_field<T>(fields[i], faults_, context_);
    }
    return aggregate({count, values.get(), validity.data()}, sizeof(T), scale);
  }
  static std::string_view view(const NestedFields& field) {
    return {field.at, static_cast<size_t>(field.value_end() - field.at)};
  }

  StringRef aggregate(const Elements& elements, size_t width, int32_t scale) {
    const StateMemory state(overload_);
    functions_.init(state.get());
    if (functions_.begin != nullptr) functions_.begin(state.get(), elements.count);
    for (uint32_t first = 0; first < elements.count; first += limits::kVectorRowsMax) {
      AggregateArguments rows;
      rows.rows = std::min(limits::kVectorRowsMax, elements.count - first);
      rows.data[0] = static_cast<const char*>(elements.data) + first * width;
      rows.validity[0] = elements.validity + first;
      rows.data[1] = second_;
      rows.constant_mask = second_ != nullptr ? 2 : 0;
      rows.context = &context_;
      functions_.update_one(state.get(), rows);
    }
    return with_layout(overload_.result, [&](auto sample) {
      using R = decltype(sample);
      R value{};
      Faults found;
      const bool valid = functions_.finish(state.get(), &value, found.bits, scale);
      faults_.bits |= found.bits;
      if (faults_.bits != 0) return StringRef();
      if (!valid) return nested_append_null(StringRef(), faults_, context_);
      return nested_append(StringRef(), value, faults_, context_);
    });
  }

  const AggregateOverload& overload_;
  const AggregateFunctions& functions_;
  const void* second_;
  Faults& faults_;
  KernelContext& context_;
};

// What an aggregate takes after the elements: nothing where `value` is null, else one value of `layout`.
struct Second {
  const void* value = nullptr;
  TypeId layout = TypeId::kNull;
};

bool takes(const AggregateOverload& overload, const Second& second) {
  if (second.value == nullptr) return overload.arguments.size() == 1;
  return overload.arguments.size() == 2 && layout_of(overload.arguments[1]) == second.layout;
}

StringRef aggregated(const StringRef& list, const StringRef& symbol, int32_t scale, const Second& second,
                     Faults& faults, KernelContext& context) {
  const AggregateOverload* overload = find_aggregate_overload(symbol.view());
  faults.add_if(Faults::kBadArgument, overload == nullptr || !takes(*overload, second));
  if (faults.bits != 0) return {};
  try {
    return Aggregation(*overload, second.value, faults, context).over(list, scale);
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return {};
  }
}

}  // namespace

StringRef list_aggregate(StringRef list, StringRef overload, int32_t scale, Faults& faults,
                         KernelContext& context) noexcept {
  return aggregated(list, overload, scale, Second(), faults, context);
}
StringRef list_aggregate(StringRef list, StringRef overload, int32_t scale, double second, Faults& faults,
                         KernelContext& context) noexcept {
  return aggregated(list, overload, scale, {&second, TypeId::kFloat64}, faults, context);
}
StringRef list_aggregate(StringRef list, StringRef overload, int32_t scale, StringRef second, Faults& faults,
                         KernelContext& context) noexcept {
  return aggregated(list, overload, scale, {&second, TypeId::kUtf8}, faults, context);
}

}  // namespace headrace::kernel
