"""The generator of raw rows: small, deterministic, with planted faults and truths.

A source is a folder here (`product/`): `tables.yml` names its SQL files in the order they run and
its tables, `planted.yml` its faults and truths, `sql/` holds a view of clean rows per table. To
add one, make such a folder and name it in `generate.SOURCES`, after those whose views it reads.

Scale 1 is the demo: 3,000 learners, 6,000 orders, 30,000 events; rows grow in proportion, courses
with the square root. Scale 1620 has 10 million orders and 50 million events. The 18 months stay.
"""
