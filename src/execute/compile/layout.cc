#include "execute/compile/layout.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/check.h"
#include "types/string_ref.h"
#include "types/value_bytes.h"
#include "types/with_layout.h"

namespace headrace {

llvm::Type* memory_type(llvm::LLVMContext& context, TypeId id) {
  CHECK(id != TypeId::kNull);
  if (is_float(id)) return id == TypeId::kFloat32 ? llvm::Type::getFloatTy(context) : llvm::Type::getDoubleTy(context);
  if (is_pair(id)) return llvm::ArrayType::get(llvm::Type::getInt64Ty(context), 2);
  return llvm::IntegerType::get(context, width_bytes(id) * 8);
}

bool is_pair(TypeId id) { return layout_of(id) == TypeId::kUtf8 || id == TypeId::kInterval; }

OutcomeLayout outcome_layout(TypeId id) {
  return with_layout(id, [](auto model) -> OutcomeLayout {
    using Value = Outcome<decltype(model)>;
    return {offsetof(Value, valid), offsetof(Value, fault), sizeof(Value)};
  });
}

llvm::Align memory_alignment(TypeId id) { return llvm::Align(std::min(width_bytes(id), 8U)); }

namespace {

void store_text(llvm::IRBuilder<>& builder, llvm::Module& module, const std::string& text, llvm::Value* to) {
  const StringRef ref(text);
  uint64_t words[2];
  std::memcpy(words, &ref, sizeof words);
  llvm::Value* second = builder.getInt64(words[1]);
  if (!ref.is_inline()) {
    llvm::Constant* bytes = llvm::ConstantDataArray::getString(module.getContext(), text, /*AddNull=*/false);
    second = new llvm::GlobalVariable(module, bytes->getType(), /*isConstant=*/true, llvm::GlobalValue::InternalLinkage,
                                      bytes, "text");
  }
  builder.CreateAlignedStore(builder.getInt64(words[0]), to, llvm::Align(8));
  builder.CreateAlignedStore(second, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), to, 8), llvm::Align(8));
}

}  // namespace

void store_literal(llvm::IRBuilder<>& builder, llvm::Module& module, const Value& value, llvm::Value* to) {
  CHECK(!value.is_null());
  if (const auto* text = std::get_if<std::string>(&value.data)) return store_text(builder, module, *text, to);
  uint64_t words[2] = {};
  write_value_bytes(value, words);
  const uint32_t bits = width_bytes(value.type.id) * 8;
  builder.CreateAlignedStore(llvm::ConstantInt::get(builder.getContext(), llvm::APInt(128, words).trunc(bits)), to,
                             memory_alignment(value.type.id));
}

}  // namespace headrace
