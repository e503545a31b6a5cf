"""The ways of running that random plans are compared in: eight for each plan, of which any few consecutive plans meet all pairs.

Eight configurations cannot hold 16 pairs of threads and vector rows. Those of one plan are all combinations of tier, shadow and spill, with
every number of threads and of rows in each tier, and five of the six cut choices; what is combined with what changes from plan to plan. The four
that are compiled have one cut choice, so that they share their machine code. Where cuts are chosen anew at every turn, some hundred loops of a plan
are compiled: that is once in PERIOD plans.
"""

import dataclasses

CUTS = {"off": ["fusion.mode=off"], "staged": ["fusion.mode=staged"], "full": ["fusion.mode=full"], "chosen": ["fusion.mode=on"],
        "chosen anew": ["fusion.mode=on", "fusion.adapt=always"], "pilot": ["fusion.mode=pilot"]}
TIERS = ("interpreted", "compiled")
THREADS = (1, 2, 3, 4)
VECTOR_ROWS = (1, 7, 64, 2048)
PERIOD = 24  # plans whose numbers differ by so much have the same configurations
# A plan that needs more than a limit says so, and is asked again under the next one. Machine code of other plans counts, where it is kept.
ROOMY_LIMITS = ("2GiB",)
TIGHT_LIMITS = ("1MiB", "4MiB", "16MiB", "64MiB")


@dataclasses.dataclass(frozen=True)
class Configuration:
    cut: str
    tier: str
    threads: int
    vector_rows: int
    shadow: bool  # every loop with machine code is run both ways, or none
    tight: bool  # so little memory that groups and sorts spill

    def settings(self):
        """All but the memory limit."""
        return [*CUTS[self.cut], f"tier={self.tier}", f"threads={self.threads}", f"vector_rows={self.vector_rows}", f"fusion.shadow_share={int(self.shadow)}"]

    def limits(self, large):
        """From the first that is tried."""
        return ROOMY_LIMITS if not self.tight else TIGHT_LIMITS[2:] if self.tier == "compiled" and not large else TIGHT_LIMITS


def configurations(plan):
    """The eight of the plan with this number. Tight ones come last: a compiler needs more memory than they have, and finds its code made."""
    turn = plan % PERIOD
    cuts = [*CUTS][turn % len(CUTS):] + [*CUTS][:turn % len(CUTS)]
    if cuts[0] == "chosen anew" and turn >= len(CUTS):
        cuts[0], cuts[1 + turn // len(CUTS)] = cuts[1 + turn // len(CUTS)], cuts[0]
    found = []
    for number in range(4):
        for compiled in (False, True):
            threads = number + turn + (not compiled)
            rows = number + 2 * turn + turn // 4 + (not compiled)
            cut = cuts[0] if compiled else cuts[1 + number]
            found.append(Configuration(cut, TIERS[compiled], THREADS[threads % 4], VECTOR_ROWS[rows % 4], shadow=number % 2 == 1, tight=number >= 2))
    return found
