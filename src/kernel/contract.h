// kernel/contract.h — what a kernel, a step, a sink or a source promises; fuse/contracts.h has those that are no kernels. Legality of fusion
// follows from these fields alone (DESIGN: contracts). Shapes and types are those of overloads and of schemas.
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
enum class Purity : uint8_t { kPure, kImpure };  // kImpure: it depends on more than its arguments
enum class Determinism : uint8_t {
  kDeterministic,
  kPerQuery,
  kNone
};  // the same again: always, within a query, not even there
enum class Cardinality : uint8_t { kOneToOne, kZeroOrOne, kOneToMany, kManyToOne };  // rows in, rows out
// kOther: its rows are others than those that it is given, numbered anew; so it runs alone, and goes on where it stopped when its output was full.
enum class Domain : uint8_t { kSame, kOther };
// kKept: rows come out as they came in. kNeeded: what comes out depends on the order of rows. kFree: neither.
enum class RowOrder : uint8_t { kKept, kNeeded, kFree };
// Whether columns that tell all rows apart do so behind it; kMade: some do there.
enum class UniqueKeys : uint8_t { kKept, kMade, kLost };
// What is remembered from one batch to the next; kFixed: state_bytes, or as much as the plan says.
enum class StateGrowth : uint8_t { kNone, kFixed, kWithGroups, kWithRows };
// Where the bytes of a result are. kByValue: in the value; kBorrows: some may be those of an input; kOwns: its own.
enum class Buffers : uint8_t { kByValue, kBorrows, kOwns };
// How long they are there: up to the next batch, as long as the vector's owner is held, up to the end of the query.
enum class Lifetime : uint8_t { kBatch, kOwner, kQuery };
enum class SideEffects : uint8_t { kNone, kExternal };
enum class Concurrency : uint8_t { kAny, kOne };  // how many may run at once

enum Algebra : uint8_t {
  kNoAlgebra = 0,
  kCommutative = 1,
  kAssociative = 2,
  kIdempotent = 4,
  kInvertible = 8,
  kDistributive = 16,  // over its dual g (dual_of), of values without a fault: f(a, g(b, c)) is g(f(a, b), f(a, c))
};

struct Contract {
  Required<Nulls> nulls;
  Required<uint32_t> faults;  // every Faults::Bit it can set
  Required<Purity> purity;
  Required<Determinism> determinism;
  Required<Cardinality> cardinality;
  Required<Domain> domain;
  Required<RowOrder> order;
  Required<UniqueKeys> keys;
  Required<uint8_t> algebra;  // Algebra bits
  Required<StateGrowth> state;
  Required<uint32_t> state_bytes;  // of kFixed; 0: the plan says
  Required<Buffers> buffers;
  Required<Lifetime> lifetime;
  Required<SideEffects> side_effects;
  Required<Concurrency> concurrency;
  Required<double> cost_ns;  // per row, vectorised, data in L1; a hint until measured
};

}  // namespace headrace
