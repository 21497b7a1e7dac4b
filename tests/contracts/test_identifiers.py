"""Columns that tell who a subject is: 100 that do, 100 that do not, by name and by values."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.contracts.identifiers import kind_of_identifier

# Safe Harbor's classes in the spellings of real case report forms.
TELLING = """
NAME PATNAME PAT_NAME PatientName patient.name LASTNAME FIRST_NAME surname Forename MiddleName
MAIDENNAME FULLNAME full_name SUBJNAME INITIALS PT_INITIALS subject_initials next_of_kin
FamilyName GivenName ADDRESS address_1 HOME_ADDRESS StreetAddress STREET City TOWN COUNTY ZIP
ZIPCODE zip_code POSTCODE PostalCode GEOCODE LATITUDE LONGITUDE BIRTHCITY home_town village
MAILING_ADDRESS DOB BIRTHDT BRTHDTC birth_date DateOfBirth DTHDTC DEATHDT date_of_death
ADMISSIONDT dischargeDate PHONE HomePhone phone_number TELEPHONE TEL MOBILE CELLPHONE FAX fax_no
ContactPhone EMAIL E_MAIL email_address Mail SSN ss_n SocialSecurityNo NATIONAL_ID NINO
nhs_number MRN MedRecNo medical_record_number HOSPITALNO HospitalNumber PATIENT_ID CHARTNO
ClinicNumber healthid chart_no INSURANCE_NO PolicyNumber MEDICARE_ID MemberID ACCOUNTNO
bank_account_no IBAN beneficiary_id card_number HEALTHPLANNO PASSPORT DriversLicense
LICENSEPLATE VIN device_id DEVICESERIAL SerialNo URL IP_ADDRESS PHOTO
""".split()  # noqa: SIM905 - a list of a line each is no page to read
HARMLESS = """
AGE SEX RACE ETHNIC WEIGHT HEIGHT BMI SITEID SITENAME COUNTRY REGION ARM ARMCD ACTARM DOSE DOSEU
ROUTE DRUGNAME TRTNAME VISITNAME SCALENAME TESTNAME PARAM PARAMCD AVAL BASE CHG PCHG VISIT
VISITNUM EPOCH DURATION EPISODES ONSETAGE NFAILED RESIST HOSPFL SMOKER ALCOHOL EDUCYRS EMPLOY
MARITAL CHILDREN INCOMEGRP DIAGNOSIS DSM5 ICD10 SEVERITY COMORBID BIPOLAR PTSD GAD SUICIDHX
ATTEMPTS ECTHX KETHX BENZO SSRI SNRI LITHIUM PLATFORM TELEMETRY PHONEME TOWNSEND MAILROOM
FAXITOR RATER RATERID BLINDED GUESS EXPECT RANDNO STRATUM COHORT BATCH CENTER CLINIC INFUSNUM
INFUSDUR PUMPRATE SYSBP DIABP PULSE SPO2 TEMP ECGQT LABCODE CREAT ALT AST TSH HBA1C PREGTEST
CONSENT VERSION LANGUAGE DROPOUT REASON DAYSIN LASTVIS FIRSTVIS GROUPNAME HOMEWORK STREETDRUG
NAMING VINTAGE CITYSIZE EMAILED PHOTOPHOBIA IPSS CARDIAC DEVICEUSE
""".split()  # noqa: SIM905 - a list of a line each is no page to read


def test_names_of_columns_are_told_apart() -> None:
    found = [name for name in TELLING if kind_of_identifier(pl.Series(name, [1, 2]))]
    assert len(found) >= 0.95 * len(TELLING), set(TELLING) - set(found)
    alarms = [name for name in HARMLESS if kind_of_identifier(pl.Series(name, [1, 2]))]
    assert len(alarms) <= 0.05 * len(HARMLESS), alarms
    assert len(TELLING) >= 100
    assert len(HARMLESS) >= 100


@pytest.mark.parametrize(
    "values, kind",
    [
        (["a@x.org", "b.c@y.example", None], "e-mail addresses"),
        (["https://x.example/p", "www.y.example"], "addresses in the web"),
        (["192.168.0.1", "10.0.0.7"], "addresses in the web"),
        (["123-45-6789", "987-65-4321"], "social security numbers"),
        (["+49 30 123456", "+1 (555) 010-9999"], "telephone or fax numbers"),
        (["030/1234567", "(555) 010-9999"], "telephone or fax numbers"),
        (["1961-02-03", "1974-11-30"], "dates"),
        (["03.02.1961", "30/11/1974"], "dates"),
        ([datetime.date(1961, 2, 3), None], "dates"),
        (["Mary Miller", "John O'Neill", "Miller, Ann", "Zo\u00eb Weber", "Kim B. Lee"], "names"),
        (["Major depression", "Bipolar Disorder"] * 4, None),
        (["Oral Route"] * 9 + ["Nasal Route"], None),
        (["0.5 mg/kg", "1.0 mg/kg"], None),
        (["2024", "2025"], None),
        (["10-20", "20-30"], None),
        (["1.2.3", "v4.5.6.7"], None),
        ([None, None], None),
        (["", " "], None),
    ],
)
def test_values_tell_what_a_name_does_not(values: list[object], kind: str | None) -> None:
    assert kind_of_identifier(pl.Series("X", values)) == kind


def test_such_a_column_is_a_warning_and_its_values_are_not_shown() -> None:
    frame = pl.DataFrame(
        {"USUBJID": ["1", "2"], "EMAIL": ["a@x.org", "b@x.org"], "WING": ["E", "W"]}
    )
    report = ka.check_trial(
        ka.Trial(
            adsl=frame,
            adqs=pl.DataFrame(
                {
                    "USUBJID": ["1", "2"],
                    "PARAMCD": ["MADRS"] * 2,
                    "AVISIT": ["Baseline"] * 2,
                    "AVISITN": [0, 0],
                    "AFRLT": [0.0, 0.0],
                    "AVAL": [30.0, 31.0],
                    "ABLFL": ["Y", "Y"],
                }
            ),
        )
    )
    (breach,) = [one for one in report.breaches if one.rule == "direct_identifier"]
    assert (breach.column, breach.severity) == ("EMAIL", "warning")
    assert breach.text() == (
        "ADSL.EMAIL is not in the contract: it is kept and not checked; it may hold e-mail "
        "addresses of subjects.\n"
        "  The whole column. Rule `direct_identifier` of schemas/adsl.toml.\n"
        "  Leave the column out, unless an analysis needs it: it may tell who a subject is."
    )
    assert "a@x.org" not in report.summary()
    assert [one.column for one in report.breaches if one.rule == "unknown_column"] == ["WING"]
