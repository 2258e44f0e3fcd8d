{#- The calibrated probability of each score: linear between the bins of an isotonic calibration.

    Adds `calibrated` to each row of `rows`. Below the first bin's mean score and above the last
    one's it is that bin's. Null without a score or without a calibration of the key.

    name: name of the CTE that comes out
    rows: name of a CTE with the keys and a score, none of whose columns starts with `calibration_`;
        scores outside [0, 1] make it slower, not wrong
    calibration: name of a CTE as `isotonic_calibration` gives it
    keys: names of the columns that say which calibration a row has
    score: expression of the score
    calibrated: name of the column that is added
    returns: CTEs, the last one called `name`
    example: bins at 0.2 and 0.4, calibrated to 0.1 and 0.5, score 0.25 -> 0.2; 0.9 -> 0.5
    reference: equals predict of scikit-learn's IsotonicRegression(out_of_bounds='clip') -#}
{%- macro calibrated_scores(
    name,
    rows,
    calibration,
    keys,
    score='score',
    calibrated='calibrated_score'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__neighbours as (

    select
        {{ keyed }},
        bin_number,
        bin_score,
        calibrated_score,
        lead(bin_score) over calibrations as next_score,
        lead(calibrated_score) over calibrations as next_calibrated_score
    from {{ calibration }}
    window calibrations as (
        partition by
            {{ keys | join(',\n            ') }}
        order by bin_number
    )

),

{{ name }}__pieces as (

    -- (from, to], the first and the last one open
    select
        {{ keyed }},
        bin_score,
        calibrated_score,
        case when bin_number = 1 then cast('-infinity' as double) else bin_score end as score_from,
        coalesce(next_score, cast('infinity' as double)) as score_to,
        coalesce((next_calibrated_score - calibrated_score) / (next_score - bin_score), 0) as slope
    from {{ name }}__neighbours

),

{{ _thousand(name ~ '__numbers') }},

{{ name }}__cells as (

    -- a piece stands in each thousandth that it touches, so that a score is compared with few
    select
        pieces.*,
        numbers.number as score_cell
    from {{ name }}__pieces as pieces
    inner join {{ name }}__numbers as numbers
        on
            numbers.number >= {{ _score_cell('pieces.score_from') }}
            and numbers.number <= {{ _score_cell('pieces.score_to') }}

),

{{ name }}__scores as (

    select
        *,
        {{ _finite(score) }} as calibration_score,
        {{ _score_cell(score) }} as calibration_cell
    from {{ rows }}

),

{{ name }}__scores_with_piece as (

    select
        scores.*,
        cells.bin_score as calibration_from,
        cells.calibrated_score as calibration_base,
        cells.slope as calibration_slope
    from {{ name }}__scores as scores
    left join {{ name }}__cells as cells
        on
            {{ _same(keys, 'scores', 'cells') }}
            and scores.calibration_cell = cells.score_cell
            and scores.calibration_score > cells.score_from
            and scores.calibration_score <= cells.score_to

),

{{ name }} as (

    select
        {{ all_but([
            'calibration_score', 'calibration_cell', 'calibration_from', 'calibration_base',
            'calibration_slope',
        ]) }},
        calibration_base + calibration_slope * greatest(calibration_score - calibration_from, 0)
            as {{ calibrated }}
    from {{ name }}__scores_with_piece

)
{%- endmacro -%}

{#- The thousandth of [0, 1] that a score falls into, 0 to 999; the nearest one outside. -#}
{%- macro _score_cell(score) -%}
cast(floor(least(greatest({{ score }}, 0), 0.9999e0) * 1000) as int)
{%- endmacro -%}
