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
from .cutoffs import cutoffs as cutoffs
from .instrument_table import tabulate_instruments as tabulate_instruments

# scores from items
from .items.scoring import score_items as score_items
from .items.held_items import with_scale as with_scale

# definitions
from .definitions import Response as Response
from .definitions import Remission as Remission
from .sustained import Sustained as Sustained
from .meaningful import MeaningfulChange as MeaningfulChange
from .meaningful import ReliableChange as ReliableChange
from .definitions import Relapse as Relapse
from .definitions import Among as Among
from .threshold import Threshold as Threshold
from .estimand import Estimand as Estimand
from .population import Completers as Completers
from .meaningful import meaningful_change as meaningful_change
from .meaningful import meaningful_changes as meaningful_changes
from .durability.library import relapse_rule as relapse_rule
from .durability.library import relapse_rules as relapse_rules
from .durability.library import entry_rule as entry_rule
from .durability.library import entry_rules as entry_rules

# columns
from .derive import derive_baseline as derive_baseline
from .derive import derive_change as derive_change

# who are the subjects, who left, and what else they took
from .participants.baseline import tabulate_baseline as tabulate_baseline
from .participants.disposition import tabulate_disposition as tabulate_disposition
from .participants.concomitant import tabulate_concomitant as tabulate_concomitant

# who responded, and when
from .rates.response import estimate_response as estimate_response
from .rates.response import estimate_remission as estimate_remission
from .rates.ever_response import estimate_ever_response as estimate_ever_response
from .rates.end_response import estimate_end_response as estimate_end_response
from .rates.sustained_response import estimate_sustained as estimate_sustained
from .rates.levels import estimate_response_levels as estimate_response_levels
from .rates.responder_curve import estimate_responder_curve as estimate_responder_curve
from .rates.conditional import estimate_conditional_response as estimate_conditional_response
from .rates.meaningful_change import estimate_meaningful_change as estimate_meaningful_change
from .rates.reliable_change import estimate_reliable_change as estimate_reliable_change
from .durability.by_infusion import estimate_response_by_infusion as estimate_response_by_infusion
from .durability.until_response import (
    estimate_infusions_to_response as estimate_infusions_to_response,
)
from .rates.from_counts import estimate_proportion as estimate_proportion
from .rates.from_counts import compare_proportions as compare_proportions
from .durability.onset import time_to_response as time_to_response
from .durability.onset import estimate_time_to_response as estimate_time_to_response
from .durability.cumulative_response import (
    estimate_cumulative_response as estimate_cumulative_response,
)

# how long does it last
from .durability.relapse import time_to_relapse as time_to_relapse
from .durability.relapse import estimate_relapse as estimate_relapse
from .durability.relapse_incidence import (
    estimate_relapse_incidence as estimate_relapse_incidence,
)
from .durability.relapse_intervals import (
    estimate_relapse_intervals as estimate_relapse_intervals,
)
from .durability.rule_sensitivity import (
    estimate_relapse_sensitivity as estimate_relapse_sensitivity,
)
from .durability.adtte_file import write_adtte as write_adtte
from .survival.estimates import estimate_survival as estimate_survival
from .survival.comparison import compare_survival as compare_survival
from .survival.incidence import (
    estimate_cumulative_incidence as estimate_cumulative_incidence,
)
from .survival.incidence_comparison import (
    compare_cumulative_incidence as compare_cumulative_incidence,
)
from .survival.incidence_regression import fit_fine_gray as fit_fine_gray
from .survival.fine_gray_curves import (
    estimate_fine_gray_curves as estimate_fine_gray_curves,
)
from .survival.rmst import estimate_rmst as estimate_rmst
from .survival.quantiles import estimate_survival_quantiles as estimate_survival_quantiles
from .survival.cox import fit_cox as fit_cox
from .survival.cox_curves import estimate_cox_curves as estimate_cox_curves
from .survival.proportional_hazards import (
    estimate_proportional_hazards as estimate_proportional_hazards,
)
from .survival.estimates import estimate_at_risk as estimate_at_risk
from .survival.estimates import estimate_milestones as estimate_milestones

# how long does it last, when relapse is only seen at visits
from .interval_censored.interval_survival import (
    estimate_interval_survival as estimate_interval_survival,
)
from .interval_censored.milestones import (
    estimate_interval_milestones as estimate_interval_milestones,
)
from .interval_censored.interval_comparison import (
    compare_interval_survival as compare_interval_survival,
)
from .interval_censored.interval_regression import (
    fit_interval_regression as fit_interval_regression,
)

# and in the literature
from .literature.published import published as published
from .literature.published_comparison import compare_published as compare_published
from .literature.pooled_proportions import pool_proportions as pool_proportions

# do groups differ
from .groups.groups import compare_groups as compare_groups
from .groups.paired import compare_paired as compare_paired
from .groups.responders import compare_responders as compare_responders
from .groups.over_infusions import (
    compare_responders_over_infusions as compare_responders_over_infusions,
)

# what predicts the outcome
from .prediction.logistic import fit_logistic as fit_logistic
from .prediction.early_improvement import (
    estimate_early_improvement as estimate_early_improvement,
)
from .prediction.roc import estimate_roc as estimate_roc
from .prediction.validation import validate_model as validate_model
from .prediction.calibration import estimate_calibration as estimate_calibration
from .prediction.net_benefit import estimate_net_benefit as estimate_net_benefit
from .prediction.sample_size import estimate_prediction_size as estimate_prediction_size

# treatments in turn, doses in turn
from .crossover.crossover import compare_crossover as compare_crossover
from .crossover.dose_response import estimate_dose_response as estimate_dose_response

# how do scores change
from .change import estimate_change as estimate_change

# each subject's own course
from .individual.change import estimate_individual_change as estimate_individual_change
from .individual.course import tabulate_course as tabulate_course
from .individual.shift import estimate_shift as estimate_shift
from .profile import estimate_profile as estimate_profile

# the mixed model for repeated measures, analysis of covariance
from .mmrm.fit import fit_mmrm as fit_mmrm
from .mmrm.ancova import fit_ancova as fit_ancova
from .mmrm.means import estimate_means as estimate_means
from .mmrm.means import estimate_contrasts as estimate_contrasts
from .mmrm.terms import compare_terms as compare_terms

# missing scores
from .imputation.settings import Imputation as Imputation
from .imputation.change import estimate_imputed_change as estimate_imputed_change
from .imputation.tipping import estimate_tipping_point as estimate_tipping_point
from .imputation.pooling import pool_rubin as pool_rubin

# does the conclusion hang on one choice
from .sensitivity.estimands import estimate_sensitivity as estimate_sensitivity

# which side effects
from .adverse_events.incidence import estimate_adverse_events as estimate_adverse_events
from .adverse_events.by_infusion import (
    estimate_adverse_events_by_infusion as estimate_adverse_events_by_infusion,
)
from .adverse_events.rates import estimate_adverse_event_rates as estimate_adverse_event_rates

# what happened at the infusions, and what was felt
# does it work better in some
from .subgroups.definition import Subgroup as Subgroup
from .subgroups.subgroups import estimate_subgroups as estimate_subgroups

# what happened at the infusions
from .infusions.vital_signs import estimate_vital_signs as estimate_vital_signs
from .infusions.conduct import tabulate_infusions as tabulate_infusions
from .acute_effects.acute_effects import estimate_acute_effects as estimate_acute_effects
from .acute_effects.mediation import estimate_mediation as estimate_mediation
from .acute_effects.moderation import estimate_moderation as estimate_moderation

# was the treatment guessed
from .blinding.blinding import estimate_blinding as estimate_blinding
from .blinding.by_guess import estimate_effect_by_guess as estimate_effect_by_guess

# results
from .results import Result as Result
from .results import tidy as tidy
from .results import glance as glance
from .results import plot as plot
from .figures.forest import plot_forest as plot_forest

# studies and reports
from .study.folder import Study as Study
from .study.plan import Plan as Plan
from .study.anxiety_sections import AcuteEffects as AcuteEffects
from .study.anxiety_sections import Anxiety as Anxiety
from .study.further_sections import Blinding as Blinding
from .study.further_sections import Prediction as Prediction
from .study.plan_sections import Baseline as Baseline
from .study.durability_section import Durability as Durability
from .study.plan_sections import MixedModel as MixedModel
from .study.plan_sections import Protocol as Protocol
from .study.plan_sections import Sensitivity as Sensitivity
from .study.subgroup_sections import Subgroups as Subgroups
from .study.subgroup_sections import SuicidalIdeation as SuicidalIdeation
from .study.folder import read_study as read_study
from .study.running import run_study as run_study
from .study.folder import write_study as write_study
from .study.report import render_report as render_report
from .batch.running import run_batch as run_batch
from .batch.running import BatchResult as BatchResult
from .batch.running import BatchError as BatchError
from .batch.verifying import verify_batch as verify_batch
from .tables.writing import write_table as write_table
from .render.own_document import render_document as render_document

# refusals
from .errors import KetanalysisError as KetanalysisError
from .errors import ContractError as ContractError
from .errors import ArgumentError as ArgumentError
from .errors import EstimationError as EstimationError

# what may be passed on
from .disclosure.cells import suppress_small_cells as suppress_small_cells
from .disclosure.keys import random_keys as random_keys
from .disclosure.keys import replace_ids as replace_ids
