#include "fuse/legality.h"
#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool is_instance(const CutSides& at) {
  return at.decided.decision == Decision::kStaged && at.decided.reason == Reason::kCheaperApart &&
         at.before.domain == Domain::kSame && at.behind.domain == Domain::kSame && !is_absolute(at.decided.barriers);
}

constexpr std::string_view kQuery =
    "SELECT bit_xor(((range + 1) * 2 + (range + 2) * 3 + (range + 3) * 4 + (range + 4) * 5 + (range + 5) * 6 + "
    "(range + 6) * 7 + (range + 7) * 8 + (range + 8) * 9 + (range + 9) * 10 + (range + 10) * 11 + "
    "(range + 11) * 12 + (range + 12) * 13 + (range + 13) * 14 + (range + 14) * 15 + (range + 15) * 16) % 1000003) AS "
    "value FROM range(0, {rows})";

}  // namespace

Pattern slow_step_apart() {
  return {.name = "slow_step_apart",
          .shape = "a step that does not vectorise has a loop of its own, so that its neighbours stay vector loops",
          .assumptions =
              "Nothing forbids one loop (both domains same); of this machine it is known that a loop with the step "
              "goes row by row, as with "
              "integer divisions and most functions of texts, or is slower than two.",
          .guarantee = "The same values: a cut decides where they lie, never what they are.",
          .cost = "What crosses is written to a vector of at most 2,048 rows that stays in the cache, and read again.",
          .example = {.prepare = "",
                      .rows = 500'000,
                      .with = {kQuery, {{"fusion.mode", "on"}}},
                      .without = {kQuery, {{"fusion.mode", "full"}}}},
          .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
