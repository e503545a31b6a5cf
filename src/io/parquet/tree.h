// io/parquet/tree.h — a nested column as what its levels say: which lists, structs and maps its leaves lie in.
//
// An entry is one repetition level, one definition level and perhaps a value of a leaf. An entry whose repetition level is 0
// begins a row; one of k > 0 goes on the k-th list (or map) around the leaf. The definition level says how far down the path from
// the root there is something. Source: Melnik et al., "Dremel", PVLDB 3(1), 2010.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "io/parquet/conversion.h"
#include "io/parquet/leaf.h"
#include "plan/field_path.h"

namespace headrace::parquet_in {

struct Node {
  Type type;  // of its values
  uint8_t repetition = 0;  // lists and maps around it
  uint8_t around = 0;  // definition levels below: the list around it is null or empty, and there is no value at all
  uint8_t present = 0;  // below: the value is null
  uint8_t elements = 0;  // list, map: below: it is empty
  uint32_t leaf = 0;  // the first leaf that lies in it, of the column's
  uint32_t number = 0;  // of the column's nodes, from 0
  bool is_left_out = false;  // a struct's field that is not read, and null; it has no leaves
  std::vector<Node> children =
      {};  // list: its element. struct: its fields. map: key, value. None: it is the leaf itself
};

// A leaf, and how its values become those of its type.
struct LeafForm {
  Leaf leaf;
  Conversion conversion;
  // By repetition level: an entry with it, and the one in front of it, have a definition level of at least this. 255: there is no such level.
  std::array<uint8_t, 256> least_definition;
  int chunk = 0;  // of the column's, from 0
};

struct Tree {
  Node root;
  uint32_t nodes = 1;
  std::vector<LeafForm> leaves;  // in the order of the row group's column chunks
};

// Without what none of the paths leads to; `paths` as for paths_inside().
Tree narrowed(const Tree& tree, const std::vector<FieldPath>& paths);

}  // namespace headrace::parquet_in
