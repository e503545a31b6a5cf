// kernel/test_contract_names.h — for tests: what a contract's bits are called.
#pragma once

#include <string>
#include <vector>

#include "kernel/contract.h"
#include "kernel/faults.h"

namespace headrace {

struct AlgebraName {
  Algebra property;
  const char* name;
  char letter;
};
inline constexpr AlgebraName kAlgebraNames[] = {{kCommutative, "commutative", 'c'},
                                                {kAssociative, "associative", 'a'},
                                                {kIdempotent, "idempotent", 'i'},
                                                {kInvertible, "invertible", 'v'},
                                                {kDistributive, "distributive", 'd'}};

// "overflow, bad cast"
inline std::string faults_text(uint32_t faults) {
  std::string text;
  for (uint32_t bit = 1; bit != 0 && bit <= faults; bit <<= 1)
    if ((faults & bit) != 0) text += (text.empty() ? "" : ", ") + std::string(fault_name(bit));
  return text;
}

}  // namespace headrace
