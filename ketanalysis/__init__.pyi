# The public names, one line each, by family. A new name is one new line here.
__version__: str

# the trial and the way in
from .trial import Trial as Trial
from .intake.trials import as_trial as as_trial
from .reading.files import read_table as read_table
from .examples import load_example as load_example

# what the data must be
from .contracts.checking import check_trial as check_trial
from .contracts.findings import CheckReport as CheckReport
from .contracts.contract import schema as schema

# scales and published cut-offs
from .instruments import Instrument as Instrument
from .instruments import instrument as instrument
from .instruments import instruments as instruments
from .instruments import cutoffs as cutoffs

# definitions
from .definitions import Response as Response
from .definitions import Remission as Remission
from .definitions import Relapse as Relapse
from .definitions import Among as Among
from .definitions import Estimand as Estimand
from .durability.library import relapse_rule as relapse_rule
from .durability.library import relapse_rules as relapse_rules

# columns
from .derive import derive_baseline as derive_baseline
from .derive import derive_change as derive_change

# who responded, and when
from .rates.response import estimate_response as estimate_response
from .rates.response import estimate_remission as estimate_remission
from .durability.onset import time_to_response as time_to_response
from .durability.onset import estimate_time_to_response as estimate_time_to_response

# how long does it last
from .durability.relapse import time_to_relapse as time_to_relapse
from .durability.relapse import estimate_relapse as estimate_relapse
from .survival.estimates import estimate_survival as estimate_survival
from .survival.estimates import compare_survival as compare_survival
from .survival.estimates import estimate_at_risk as estimate_at_risk
from .survival.estimates import estimate_milestones as estimate_milestones

# do groups differ
from .groups.groups import compare_groups as compare_groups
from .groups.paired import compare_paired as compare_paired
from .groups.responders import compare_responders as compare_responders

# how do scores change
from .change import estimate_change as estimate_change

# which side effects
from .adverse_events import estimate_adverse_events as estimate_adverse_events

# results
from .results import Result as Result
from .results import tidy as tidy
from .results import glance as glance
from .results import plot as plot

# studies and reports
from .study.folder import Study as Study
from .study.plan import Plan as Plan
from .study.plan import Anxiety as Anxiety
from .study.folder import read_study as read_study
from .study.running import run_study as run_study
from .study.folder import write_study as write_study
from .study.report import render_report as render_report

# refusals
from .errors import KetanalysisError as KetanalysisError
from .errors import ContractError as ContractError
from .errors import ArgumentError as ArgumentError
from .errors import EstimationError as EstimationError
