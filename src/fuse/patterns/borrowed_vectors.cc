#include <fmt/format.h>

#include <algorithm>

#include "fuse/contracts.h"
#include "fuse/edges.h"
#include "fuse/liveness.h"
#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

using Carried = std::vector<std::pair<ValueId, ValueId>>;

// Walks a stage with what is known in front of each step.
class BorrowedVectors {
 public:
  BorrowedVectors(const Stage& stage, const std::string& name)
      : stage_(stage), name_(name), liveness_(liveness_of(stage)), whole_in_front_(stage.steps.size(), false) {
    borrowed_.assign(stage.values.size(), false);
    std::fill_n(borrowed_.begin(), stage.source_values, true);
  }

  std::vector<PatternPlace> find() {
    bool whole = true;  // no step dropped rows of the domain
    for (uint32_t step = 0; step < stage_.steps.size(); ++step) {
      whole_in_front_[step] = whole;
      const Contract contract = contract_of(stage_, stage_.steps[step]);
      if (const auto* probe = std::get_if<Probe>(&stage_.steps[step].node)) {
        carry(probe->carried, whole, step);
      } else if (const auto* match = std::get_if<Match>(&stage_.steps[step].node)) {
        carry(match->carried, whole_in_front_[match->probe], step);
      }
      whole = contract.domain == Domain::kOther || (whole && !filters(contract));
    }
    return std::move(places_);
  }

 private:
  void carry(const Carried& carried, bool whole, uint32_t step) {
    std::string names;
    for (const auto& [before, after] : carried) {
      borrowed_[after] = whole && borrowed_[before];
      if (borrowed_[after] && liveness_.last_read[after] > step)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", stage_.values[before].name);
    }
    if (!names.empty()) places_.push_back({name_, fmt::format("{} across {}", names, step_label(stage_, step))});
  }

  const Stage& stage_;
  const std::string& name_;
  const Liveness liveness_;
  std::vector<bool> borrowed_;  // by value: nobody has copied it, where each row came out once at every step before
  std::vector<bool> whole_in_front_;  // by step
  std::vector<PatternPlace> places_;
};

std::vector<PatternPlace> find(const Program& program) {
  std::vector<PatternPlace> places;
  for_each_stage(program, [&](const Program&, const Stage& stage, const std::string& name) {
    for (PatternPlace& place : BorrowedVectors(stage, name).find()) places.push_back(std::move(place));
  });
  return places;
}

}  // namespace

Pattern borrowed_vectors() {
  return {
      .name = "borrowed_vectors",
      .shape = "a column of the source goes across a join as the vector that it came in, where each row meets one row",
      .assumptions =
          "The join's step borrows what crosses it (domain other, buffers borrows). The column is one of the source's, "
          "decoded early or late, which no step has copied, nor put out from codes of a dictionary; in front of the "
          "join no step drops rows (cardinality 1:0..1, domain same). What no contract says is looked at batch by "
          "batch: each row comes out once, in its place, as where a foreign key meets its one row.",
      .guarantee =
          "Behind the join are the source's values and nulls themselves, and a sink that keeps them holds their owner. "
          "Of a batch with a row that is missing, comes again or elsewhere all that crosses is copied, with the same "
          "values; of a column with codes of a dictionary only the codes are, the entries never.",
      .cost =
          "One comparison a row. What a step computed in front of the join is copied in any case: what is computed of "
          "the column and read behind the join alone is better computed there, unless it is narrower.",
      .example =
          {.prepare = "",
           .rows = 1'000'000,
           .with = {"SELECT max((a.range & 3) + (a.range & 12) + (a.range & 48) + (a.range & 192) + b.range) AS value "
                    "FROM range(0, {rows}) a JOIN range(0, 1024) b ON a.range & 1023 = b.range",
                    {}},
           .without = {"SELECT max(a.one + a.two + a.three + a.four + b.range) AS value FROM (SELECT range & 1023 AS "
                       "key, range & 3 AS one, range & 12 AS two, range & 48 AS three, range & 192 AS four FROM "
                       "range(0, {rows})) a JOIN range(0, 1024) b ON a.key = b.range",
                       {}}},
      .find = find};
}

}  // namespace headrace::patterns
