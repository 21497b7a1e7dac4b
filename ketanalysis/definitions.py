"""Definitions are values: response, remission, relapse, and who enters a curve.

Each is frozen and hashable, prints as a protocol sentence, shows its constructor as repr, goes
to and from TOML, and never implies a comparator: at_least, above, at_most or below is written.
They stand in files of their own, `ketanalysis.response`, `ketanalysis.relapse`,
`ketanalysis.among` and `ketanalysis.estimand`, and are found here under one roof.
"""

from __future__ import annotations

from ketanalysis.among import Among as Among
from ketanalysis.estimand import Estimand as Estimand
from ketanalysis.relapse import INTERCURRENT_EVENTS as INTERCURRENT_EVENTS
from ketanalysis.relapse import CombinedRelapse as CombinedRelapse
from ketanalysis.relapse import Relapse as Relapse
from ketanalysis.relapse import RelapseRule as RelapseRule
from ketanalysis.response import Remission as Remission
from ketanalysis.response import Response as Response
