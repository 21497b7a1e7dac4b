"""Write the invented data of the guides: one sheet of 31 patients, and the same in other shapes.

    python docs/data/sheet.py

Every number comes from the seed below; no patient is behind them.
"""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
SEED = 31
VISITS = {"0h": 0, "4h": 4, "24h": 24, "d7": 168, "d14": 336}
EFFECT = {"ketamine": (0.45, 0.50, 0.48, 0.52), "midazolam": (0.25, 0.32, 0.36, 0.40)}


def patients() -> list[dict[str, object]]:
    """Return the sheet: one row a patient, a column a scale and visit; empty where missing."""
    random = Random(SEED)
    return [patient(number, random) for number in range(1, 32)]


def patient(number: int, random: Random) -> dict[str, object]:
    """Return one patient; those who benefit less are more anxious in the infusion."""
    group = "ketamine" if number % 2 else "midazolam"
    baseline = min(44, max(24, round(random.gauss(33, 4))))
    luck = random.gauss(0, 0.22)
    scores = [
        max(0, min(60, round(baseline * (1 - effect - luck + random.gauss(0, 0.07)))))
        for effect in EFFECT[group]
    ]
    anxiety = random.gauss(30 if group == "ketamine" else 8, 11) - 45 * luck
    row: dict[str, object] = {
        "id": f"{number:02d}",
        "group": group,
        "sex": random.choice(["female", "female", "male"]),
        "age": random.randint(21, 66),
        "madrs_0h": baseline,
    }
    row |= {f"madrs_{visit}": score for visit, score in zip(list(VISITS)[1:], scores, strict=True)}
    row["anx_4h"] = max(0, min(100, round(anxiety)))
    row["dizziness"] = "yes" if random.random() < (0.5 if group == "ketamine" else 0.15) else "no"
    row["nausea"] = "yes" if random.random() < (0.3 if group == "ketamine" else 0.1) else "no"
    if number in (9, 22):  # left after a week
        row["madrs_d14"] = None
    if number == 16:
        row["anx_4h"] = None
    return row


def long(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the same scores, one row a patient, scale and visit."""
    scales = {"MADRS": "madrs", "ANX": "anx"}
    return [
        {"id": row["id"], "group": row["group"], "scale": scale, "visit": visit, "score": score}
        for row in rows
        for scale, stem in scales.items()
        for visit in VISITS
        if (score := row.get(f"{stem}_{visit}")) is not None
    ]


def times() -> list[dict[str, object]]:
    """Return days from the last infusion to relapse or to the last visit, in ADTTE columns."""
    random = Random(SEED + 1)
    rows: list[dict[str, object]] = []
    for number in range(1, 32):
        group = "ketamine" if number % 2 else "midazolam"
        day = max(2, round(random.expovariate(1 / (45 if group == "ketamine" else 26))))
        end = random.choice([56, 70, 84])
        rows.append(
            {
                "USUBJID": f"{number:02d}",
                "TRT01P": group,
                "PARAMCD": "TTRELAPS",
                "AVAL": min(day, end),
                "CNSR": 0 if day <= end else 1,
            }
        )
    return rows


def redosed() -> list[dict[str, object]]:
    """Return weekly visits to relapse (1), a further infusion (2) or the last visit (0)."""
    random = Random(SEED + 2)
    rows: list[dict[str, object]] = []
    for number in range(1, 121):
        group = "ketamine" if number % 2 else "midazolam"
        relapse = random.expovariate(1 / (60 if group == "ketamine" else 38))
        infusion = random.expovariate(1 / (50 if group == "ketamine" else 110))
        end = random.choice([56, 70, 84])
        day = 7 * -(-min(relapse, infusion) // 7)
        rows.append(
            {
                "USUBJID": f"R{number:03d}",
                "TRT01P": group,
                "AGE": random.randint(22, 64),
                "AVAL": int(min(day, end)),
                "event_code": 0 if day > end else 1 if relapse <= infusion else 2,
            }
        )
    return rows


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write rows as CSV, a missing value as an empty cell."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    sheet = patients()
    write("sheet.csv", sheet)
    write("long.csv", long(sheet))
    write("relapse.csv", times())
    write("redosed.csv", redosed())
