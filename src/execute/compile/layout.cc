#include "execute/compile/layout.h"

#include <cstring>

#include "base/check.h"
#include "base/overloaded.h"
#include "types/string_ref.h"

namespace headrace {

llvm::Type* memory_type(llvm::LLVMContext& context, TypeId id) {
  switch (id) {
    case TypeId::kBool: return llvm::Type::getInt8Ty(context);
    case TypeId::kInt32:
    case TypeId::kDate: return llvm::Type::getInt32Ty(context);
    case TypeId::kInt64:
    case TypeId::kTimestamp: return llvm::Type::getInt64Ty(context);
    case TypeId::kFloat64: return llvm::Type::getDoubleTy(context);
    case TypeId::kDecimal: return llvm::Type::getInt128Ty(context);
    case TypeId::kUtf8: return llvm::ArrayType::get(llvm::Type::getInt64Ty(context), 2);
    case TypeId::kNull: break;
  }
  CHECK(id != TypeId::kNull);
  return nullptr;
}

OutcomeLayout outcome_layout(TypeId id) {
  switch (id) {
    case TypeId::kBool: return {offsetof(Outcome<bool>, valid), offsetof(Outcome<bool>, fault), sizeof(Outcome<bool>)};
    case TypeId::kInt32:
    case TypeId::kDate:
      return {offsetof(Outcome<int32_t>, valid), offsetof(Outcome<int32_t>, fault), sizeof(Outcome<int32_t>)};
    case TypeId::kDecimal:
      return {offsetof(Outcome<int128>, valid), offsetof(Outcome<int128>, fault), sizeof(Outcome<int128>)};
    case TypeId::kUtf8:
      return {offsetof(Outcome<StringRef>, valid), offsetof(Outcome<StringRef>, fault), sizeof(Outcome<StringRef>)};
    default: return {offsetof(Outcome<int64_t>, valid), offsetof(Outcome<int64_t>, fault), sizeof(Outcome<int64_t>)};
  }
}

llvm::Align memory_alignment(TypeId id) {
  switch (id) {
    case TypeId::kBool: return llvm::Align(1);
    case TypeId::kInt32:
    case TypeId::kDate: return llvm::Align(4);
    default: return llvm::Align(8);
  }
}

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
  const auto store = [&](llvm::Value* constant) {
    builder.CreateAlignedStore(constant, to, memory_alignment(value.type.id));
  };
  std::visit(Overloaded{
                 [](std::monostate) { CHECK(false && "a null literal has no bytes"); },
                 [&](bool v) { store(builder.getInt8(v)); },
                 [&](int32_t v) { store(builder.getInt32(static_cast<uint32_t>(v))); },
                 [&](int64_t v) { store(builder.getInt64(static_cast<uint64_t>(v))); },
                 [&](double v) { store(llvm::ConstantFP::get(builder.getDoubleTy(), v)); },
                 [&](int128 v) {
                   const uint64_t words[2] = {static_cast<uint64_t>(v), static_cast<uint64_t>(v >> 64)};
                   store(llvm::ConstantInt::get(builder.getInt128Ty(), llvm::APInt(128, words)));
                 },
                 [&](const std::string& v) { store_text(builder, module, v, to); },
             },
             value.data);
}

}  // namespace headrace
