// kernel/contract.h — what a kernel promises. Legality of fusion follows from these fields alone (DESIGN: contracts).
#pragma once

#include <cstdint>

namespace headrace {

// A field of this type has no default: an aggregate that leaves it out does not compile.
template <class T>
struct Required {
  T value;
  Required() = delete;
  constexpr Required(T given) : value(given) {}  // NOLINT(google-explicit-constructor): reads like the plain field
  constexpr operator T() const { return value; }
};

enum class Nulls : uint8_t { kPropagate, kSees };  // kPropagate: null in, null out; the kernel never sees one
enum class Purity : uint8_t { kPure, kImpure };
enum class Determinism : uint8_t { kDeterministic, kPerQuery, kNone };
enum class Cardinality : uint8_t { kOneToOne, kZeroOrOne, kOneToMany, kManyToOne };
enum class RowOrder : uint8_t { kKept, kNeeded, kFree };
enum class Buffers : uint8_t { kByValue, kBorrows, kOwns };  // kBorrows: the result may point into its inputs' bytes
enum class SideEffects : uint8_t { kNone, kExternal };
enum class Concurrency : uint8_t { kAny, kOne };

enum Algebra : uint8_t {
  kNoAlgebra = 0,
  kCommutative = 1,
  kAssociative = 2,
  kIdempotent = 4,
  kInvertible = 8,
};

struct Contract {
  Required<Nulls> nulls;
  Required<uint32_t> faults;  // every Faults::Bit it can set
  Required<Purity> purity;
  Required<Determinism> determinism;
  Required<Cardinality> cardinality;
  Required<RowOrder> order;
  Required<uint8_t> algebra;  // Algebra bits
  Required<uint32_t> state_bytes;
  Required<Buffers> buffers;
  Required<SideEffects> side_effects;
  Required<Concurrency> concurrency;
  Required<double> cost_ns;  // per row, vectorised, data in L1; a hint until measured
};

}  // namespace headrace
