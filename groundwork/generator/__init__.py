"""The generator of raw rows: small, deterministic, with planted faults and truths.

A source is a folder here (`product/`): `tables.yml` names its SQL files in the order they run and
its tables, `planted.yml` its faults and truths, `sql/` holds a view of clean rows per table. To
add one, make such a folder and name it in `generate.SOURCES`, after those whose views it reads.

What an experiment changes is done in the rows of `product`: `experiments/sql/assignment.sql` runs
first, and the product's SQL asks it what is in force for a learner in a visit.

Scale 1 is the demo: 3,000 learners, 7,000 orders, 30,000 events, 12,000 predictions; rows grow in
proportion, courses with the square root, experiments, models and the data team not at all. Scale
1620 has 11 million orders, 50 million events, 14 million exposures and 20 million predictions. The
18 months stay.
"""
