"""The study.toml that `ketanalysis init` writes, to be filled in."""

from __future__ import annotations

TEMPLATE = """\
# A ketanalysis study. Fill in, then: ketanalysis check . && ketanalysis report .
# Paths are relative to this folder. Lines with # are comments.

[study]
title = "My trial"

[data]
scores = "data/scores.csv"            # CSV or Parquet; one row a subject, see [columns]
# subjects = "data/subjects.csv"      # one row a subject: arm, age, sex, ...
# items = "data/items.csv"            # USUBJID, AVISIT, PARAMCD, QSTESTCD (item), AVAL
# infusions = "data/infusions.csv"    # USUBJID, EXSEQ, AFRLT (hours), EXDOSE, EXDOSU, ...
# adverse_events = "data/events.csv"  # USUBJID, AEDECOD, AESEV, ...
# events = "data/intercurrent.csv"    # USUBJID, AFRLT, ICECAT
# concomitant = "data/drugs.csv"      # USUBJID, CMDECOD, CMCLAS, AFRLT, AFRLTEND (hours)
# vital_signs = "data/vitals.csv"     # USUBJID, PARAMCD, EXSEQ, AFRLT (hours), AVAL, AVALU
# missing_codes = ["ND", "-99"]       # what means missing in number columns
# encoding = "cp1252"                 # where a CSV file is not UTF-8

[columns]
subject = "id"
arm = "group"                         # leave arm and arms out in a single-arm study
arms = ["placebo", "ketamine"]        # in order, the reference first
wide = { MADRS = "madrs_{visit}" }    # one row a subject, a column a scale and visit
# scores = { MADRS = "madrs" }        # instead: one row a subject and visit, a column a scale
# parameter = "scale"                 # instead: one row a score; these columns name the scale
# value = "score"                     # and hold the score
# visit = "visit"                     # the column with the visit, but not with wide
# hour = "hours"                      # its time, if there is a column (or day, or study_day)
baseline_visit = "0h"

[columns.visits]                      # in order: visit = hours since the first infusion
"0h" = 0
"4h" = 4
"24h" = 24
"d14" = 336

[plan]
scale = "MADRS"
visit = "d14"
missing = ["nri", "observed"]         # the first is primary

# [plan.protocol]                     # each is optional; the abstract says what is not declared
# objective = "whether ketamine ..."
# design = "randomised, double-blind, two parallel groups"
# primary = "response"                # which endpoint the conclusion is about
# registration = "NCT00000000"
# funding = "who paid"

[plan.response]
at_least = 0.5

[plan.remission]
at_most = 10
"""
