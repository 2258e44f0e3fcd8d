{#- Predicted against realised shares in ten bins of the score, per key.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per prediction: the keys, a score and its outcome
    keys: names of the columns to group by, none of them null
    score: expression of the predicted probability; one outside [0, 1] falls into no bin
    outcome: expression of 0 or 1, null as long as it is not known
    returns: CTEs, the last one called `name`, one row per keys and bin that has a prediction with an
        outcome: bin_number (1 to 10), bin_lower, bin_upper (the bin is (lower, upper], the first one
        closed), prediction_count, positive_count, mean_score, positive_share
    example: scores 0.61 and 0.69 with outcomes 0 and 1 -> bin_number 7, mean_score 0.65,
        positive_share 0.5
    reference: a reliability diagram; Niculescu-Mizil, Caruana (2005) -#}
{%- macro calibration_bins(name, rows, keys, score='score', outcome='outcome') -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{{ name }}__predictions as (

    select
        {{ keyed }},
        {{ _finite(score) }} as score,
        {{ _finite(outcome) }} as outcome
    from {{ rows }}

),

{{ name }}__binned as (

    select
        *,
        {{ _probability_bin('score') }} as bin_number
    from {{ name }}__predictions
    where outcome is not null

),

{{ name }} as (

    select
        {{ keyed }},
        bin_number,
        (bin_number - 1) / 1.0e1 as bin_lower,
        bin_number / 1.0e1 as bin_upper,
        count(*) as prediction_count,
        sum(outcome) as positive_count,
        avg(score) as mean_score,
        avg(outcome) as positive_share
    from {{ name }}__binned
    where bin_number is not null
    group by
        {{ keyed }},
        bin_number

)
{%- endmacro -%}
