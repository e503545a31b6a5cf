#include "execute/foreign.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <mutex>

#include "base/check.h"
#include "base/hash.h"
#include "kernel/faults.h"

namespace headrace {

namespace {

struct Registered {
  std::unique_ptr<ForeignKernel> kernel;
  std::unique_ptr<ForeignLoop> loop;
};

struct Registry {
  std::mutex mutex;
  std::deque<Registered> kernels;  // by Overload::id - kForeignOverloadFirst; never shrinks
};

Registry& registry() {
  static Registry* const instance = new Registry;
  return *instance;
}

Registered* find_registered(const Overload& overload) {
  if (overload.id < kForeignOverloadFirst) return nullptr;
  const std::lock_guard lock(registry().mutex);
  const uint32_t index = overload.id - kForeignOverloadFirst;
  return index < registry().kernels.size() ? &registry().kernels[index] : nullptr;
}

bool is_passed_by_value(TypeId id) {
  return id == TypeId::kBool || is_signed_integer(id) || is_unsigned_integer(id) || is_float(id) ||
         id == TypeId::kDate || (id >= TypeId::kTime && id <= TypeId::kTimestampTz);
}

Status check_declaration(const ForeignSpec& spec) {
  const auto refuse = [&](std::string message, std::string hint) {
    return Error{ErrorCode::kBadInput, fmt::format("function '{}' cannot be registered: {}", spec.name, message),
                 spec.symbol, std::move(hint)};
  };
  if (spec.name.empty()) return refuse("it has no name", "");
  if (spec.arguments.empty() || spec.arguments.size() > kArgumentsMax) {
    return refuse(fmt::format("1 to {} arguments are expected, found {}", kArgumentsMax, spec.arguments.size()), "");
  }
  for (TypeId id : spec.arguments) {
    if (!is_passed_by_value(id))
      return refuse(fmt::format("arguments of {} are not passed to user code", to_text(Type{id})), "");
  }
  if (!is_passed_by_value(spec.result))
    return refuse(fmt::format("results of {} are not built", to_text(Type{spec.result})), "");
  if (spec.contract.nulls != Nulls::kPropagate)
    return refuse("it must propagate nulls", "set contract.nulls = kPropagate");
  const Contract& contract = spec.contract;
  if (contract.purity != Purity::kPure || contract.determinism != Determinism::kDeterministic ||
      contract.side_effects != SideEffects::kNone || contract.concurrency != Concurrency::kAny)
    return refuse("a loop may run it twice, and on several threads, so it must be pure",
                  "set contract.purity, determinism, side_effects and concurrency to say so, if it is");
  if (spec.contract.cardinality != Cardinality::kOneToOne) return refuse("it must give one value a row", "");
  if (spec.abi == ForeignAbi::kNumba && (spec.contract.faults & Faults::kForeign) == 0) {
    return refuse("a Numba function can raise", "add kForeign to contract.faults");
  }
  return kDone;
}

std::unique_ptr<ForeignKernel> make_kernel(ForeignSpec given) {
  const Contract contract = given.contract;
  std::unique_ptr<ForeignKernel> kernel = std::make_unique<ForeignKernel>(ForeignKernel{
      .spec = std::move(given), .bitcode_hash = 0, .function = {{}, {}, {}, contract, false, {}}, .overload = {}});
  const ForeignSpec& spec = kernel->spec;
  kernel->bitcode_hash = combine_hashes(hash_bytes(spec.bitcode.data(), spec.bitcode.size()),
                                        hash_bytes(spec.symbol.data(), spec.symbol.size()));
  kernel->overload = {&kernel->function, spec.name, spec.result, spec.arguments, kForeignOverloadFirst};
  kernel->function.name = spec.name;
  kernel->function.sql = spec.name;
  kernel->function.documentation = spec.documentation;
  kernel->function.overloads = {&kernel->overload, 1};
  return kernel;
}

// A stage of one step: out = kernel(arguments). Nullable, so that the function never sees what lies in a null row.
Stage stage_of(const ForeignKernel& kernel) {
  Stage stage;
  Compute compute{.kernel = &kernel.overload, .arguments = {}, .out = 0};
  for (TypeId id : kernel.spec.arguments) {
    compute.arguments.push_back({.constant = false, .index = stage.source_values++});
    stage.values.push_back({.name = "", .type = {id}, .nullable = true, .may_fault = false});
  }
  compute.out = stage.source_values;
  stage.values.push_back(
      {.name = "", .type = {kernel.spec.result}, .nullable = true, .may_fault = kernel.spec.contract.faults != 0});
  stage.steps.push_back({.node = compute, .where = {}});
  stage.cuts.resize(1);
  return stage;
}

Result<std::unique_ptr<ForeignLoop>> compile_alone(Compiler& compiler, const ForeignKernel& kernel) {
  const Stage stage = stage_of(kernel);
  LoopShape shape{
      .stage = &stage, .interval = {0, 1}, .inputs = {}, .outputs = {stage.source_values}, .names_faults = true};
  for (ValueId value = 0; value < stage.source_values; ++value) shape.inputs.push_back(value);
  TRY(compiled, compiler.compile(shape));
  return std::make_unique<ForeignLoop>(kernel, std::move(compiled));
}

// Gives the kernel its id. Nobody finds it by name yet.
Registered& add_to_registry(std::unique_ptr<ForeignKernel> kernel) {
  const std::lock_guard lock(registry().mutex);
  kernel->overload.id = kForeignOverloadFirst + static_cast<uint32_t>(registry().kernels.size());
  return registry().kernels.emplace_back(Registered{.kernel = std::move(kernel), .loop = nullptr});
}

}  // namespace

Result<const Overload*> register_foreign(ForeignSpec spec) {
  TRY_STATUS(check_declaration(spec));
  std::unique_ptr<ForeignKernel> made = make_kernel(std::move(spec));
  TRY(compiler, load_compiler());
  TRY_STATUS(compiler->verify_foreign(*made));
  Registered& registered = add_to_registry(std::move(made));
  const ForeignKernel& kernel = *registered.kernel;
  TRY(loop, compile_alone(*compiler, kernel));
  registered.loop = std::move(loop);
  if (!register_function(kernel.function)) {
    return Error{ErrorCode::kBadInput, fmt::format("there already is a function '{}'", kernel.spec.name),
                 kernel.spec.symbol, "choose another name"};
  }
  return &kernel.overload;
}

const ForeignKernel* find_foreign(const Overload& overload) {
  const Registered* registered = find_registered(overload);
  return registered == nullptr ? nullptr : registered->kernel.get();
}

const ForeignLoop& foreign_loop(const Overload& overload) {
  const Registered* registered = find_registered(overload);
  CHECK(registered != nullptr && registered->loop != nullptr);
  return *registered->loop;
}

uint32_t ForeignLoop::run(const LoopArguments& arguments) const {
  if (arguments.run == nullptr) return run_all(arguments);
  uint32_t bits = 0;
  const uint32_t count = arguments.selection != nullptr ? arguments.selected : arguments.rows;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t row = arguments.selection != nullptr ? arguments.selection[i] : i;
    arguments.out_faults[row] = 0;
    if (arguments.run[row] == 0) continue;
    const uint32_t row_bits = run_row(arguments, row);
    arguments.out_faults[row] = static_cast<uint8_t>(row_bits);
    bits |= row_bits;
  }
  return bits;
}

uint32_t ForeignLoop::run_all(const LoopArguments& arguments) const {
  const std::vector<TypeId>& types = kernel_.spec.arguments;
  ColumnIn inputs[kArgumentsMax] = {};
  std::vector<char> repeated[kArgumentsMax];  // constants, once a row
  for (size_t i = 0; i < types.size(); ++i) {
    inputs[i] = {arguments.data[i], arguments.validity[i]};
    if ((arguments.constant_mask >> i & 1) == 0) continue;
    if (arguments.validity[i] != nullptr && arguments.validity[i][0] == 0) return 0;
    inputs[i].validity = nullptr;
    const char* value = static_cast<const char*>(arguments.data[i]);
    for (uint32_t row = 0; row < arguments.rows; ++row) {
      repeated[i].insert(repeated[i].end(), value, value + width_bytes(types[i]));
    }
    inputs[i].data = repeated[i].data();
  }
  uint8_t validity[limits::kVectorRowsMax];  // the caller derives its own
  const ColumnOut output{arguments.out, validity};
  const LoopFrame frame{.rows = arguments.rows,
                        .selected = arguments.selection != nullptr ? arguments.selected : arguments.rows,
                        .selection = arguments.selection,
                        .inputs = inputs,
                        .outputs = &output,
                        .constants = nullptr,
                        .active = nullptr,
                        .states = nullptr,
                        .context = arguments.context};
  return compiled_->code()(&frame);
}

uint32_t ForeignLoop::run_row(const LoopArguments& arguments, uint32_t row) const {
  LoopArguments one = arguments;
  one.rows = 1;
  one.selection = nullptr;
  one.run = nullptr;
  for (size_t i = 0; i < kernel_.spec.arguments.size(); ++i) {
    if ((arguments.constant_mask >> i & 1) != 0) continue;
    one.data[i] = static_cast<const char*>(arguments.data[i]) + size_t{row} * width_bytes(kernel_.spec.arguments[i]);
    if (arguments.validity[i] != nullptr) one.validity[i] = arguments.validity[i] + row;
  }
  one.out = static_cast<char*>(arguments.out) + size_t{row} * width_bytes(kernel_.spec.result);
  return run_all(one);
}

}  // namespace headrace
