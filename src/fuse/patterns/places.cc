#include "fuse/patterns/places.h"

#include <fmt/format.h>

#include "fuse/contracts.h"
#include "fuse/edges.h"

namespace headrace {

namespace {

void visit_stages(const Program& program, const std::string& prefix, const VisitStage& visit) {
  for (size_t index = 0; index < program.stages.size(); ++index) {
    const Stage& stage = program.stages[index];
    const std::string name = fmt::format("{}{}", prefix, index);
    visit(program, stage, name);
    if (const auto* recursion = std::get_if<RecursionSource>(&stage.source)) {
      visit_stages(*recursion->base, name + ".base.", visit);
      visit_stages(*recursion->step, name + ".step.", visit);
    }
  }
}

}  // namespace

void for_each_stage(const Program& program, const VisitStage& visit) { visit_stages(program, "", visit); }

std::vector<PatternPlace> cuts_where(const Program& program, IsInstance is_instance) {
  std::vector<PatternPlace> places;
  for_each_stage(program, [&](const Program&, const Stage& stage, const std::string& name) {
    for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut) {
      const CutSides at{stage, cut, stage.cuts[cut], contract_of(stage, stage.steps[cut]),
                        contract_of(stage, stage.steps[cut + 1])};
      if (is_instance(at))
        places.push_back({name, fmt::format("{}, {}", step_label(stage, cut), step_label(stage, cut + 1)),
                          fmt::format("{}.{}", name, cut)});
    }
  });
  return places;
}

bool computes(const Contract& contract) {
  return contract.cardinality == Cardinality::kOneToOne && contract.domain == Domain::kSame &&
         contract.state == StateGrowth::kNone && contract.side_effects == SideEffects::kNone;
}

bool filters(const Contract& contract) {
  return contract.cardinality == Cardinality::kZeroOrOne && contract.domain == Domain::kSame;
}

bool aggregates(const Contract& contract) {
  return contract.cardinality == Cardinality::kManyToOne && contract.state == StateGrowth::kFixed;
}

bool brings_column(const Contract& contract) {
  return contract.cardinality == Cardinality::kOneToOne && contract.domain == Domain::kSame &&
         contract.buffers == Buffers::kOwns && contract.lifetime == Lifetime::kOwner;
}

}  // namespace headrace
