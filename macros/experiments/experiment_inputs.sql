{#- A fingerprint per experiment of all that its moments are made of.

    Rows of facts count by day, from the first day that a covariate or the units of a plan may look
    back to, to the last day that is counted. Registration, units and definitions count as a whole.
    It may change where the moments do not, never the other way round; the macros themselves are
    not in it, so a change of theirs wants `--full-refresh`.

    facts: relations of the facts that metrics are made from
    stored: relations of the facts' stored rows with row_print, where there are any (int_orders for
        fct_orders)
    dimensions: relations of the dimensions that metrics may be filtered by
    experiments: relation in the shape of `int_experiments_scheduled`
    analyses: relation in the shape of `int_experiment_analyses`
    units: relation in the shape of `int_experiment_units`
    returns: a select statement: experiment_id, input_fingerprint -#}
{%- macro experiment_inputs(facts, stored, dimensions, experiments, analyses, units) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set facts = relations_by_model(facts) -%}
{%- set stored = relations_by_model(stored) -%}
{%- set dimensions = relations_by_model(dimensions) -%}
{%- set dated = [] -%}
{%- set filtering = [] -%}
{%- set metrics = experiment_metrics() -%}
{%- for metric in metrics if not metric.refusal -%}
    {%- for measure in (metric.numerator, metric.denominator) if measure -%}
        {%- if (measure.fact, measure.time_column) not in dated -%}
            {%- do dated.append((measure.fact, measure.time_column)) -%}
        {%- endif -%}
        {%- for dimension in measure.dimensions
            if dimension.name in measure.filter_dimensions
            and dimension.model != measure.fact and dimension.model not in filtering -%}
            {%- do filtering.append(dimension.model) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
with experiments as (

    select * from {{ experiments }}

),

analyses as (

    select * from {{ analyses }}

),

units as (

    select * from {{ units }}

),

day_prints as (

    {% for fact, time_column in dated -%}
    {%- set rows = stored[fact | replace('fct_', 'int_')] -%}
    select
        cast({{ time_column }} as date) as date_day,
        {{ exact_sum('row_print' if rows else row_print('facts')) }} as rows_print
    from {{ rows or facts[fact] ~ ' as facts' }}
    where {{ time_column }} is not null
    group by cast({{ time_column }} as date)
    {%- if not loop.last %}
    union all
    {% endif -%}
    {%- endfor %}

),

reaches as (

    -- eight weeks of past units, their windows and the covariate before them, and a few days
    select
        experiment_id,
        complete_day,
        last_day,
        -- before it starts, the units of its plan are those of the days until then
        greatest(last_day, started_date) as until_day,
        least(started_date, complete_day) as anchor_day,
        -60 - longest_window_days - longest_covariate_days
        - {{ date_difference('day', 'started_date', 'planned_end_date') }} as reach_days
    from experiments

),

spans as (

    select
        experiment_id,
        complete_day,
        last_day,
        until_day,
        {{ add_days('anchor_day', 'reach_days') }} as first_day
    from reaches

),

fact_prints as (

    select
        spans.experiment_id,
        {{ exact_sum('day_prints.rows_print') }} as rows_print
    from spans
    inner join day_prints
        on
            spans.first_day <= day_prints.date_day
            and spans.until_day >= day_prints.date_day
    group by spans.experiment_id

),

{%- for model in filtering %}

{{ model }}_print as (

    select {{ exact_sum(row_print('dimensions')) }} as rows_print
    from {{ dimensions[model] }} as dimensions

),
{%- endfor %}

unit_prints as (

    select
        experiment_id,
        {{ exact_sum(row_print('units')) }} as rows_print
    from units
    group by experiment_id

),

-- a cap is found on a day of its own
capped_analyses as (

    select
        analyses.*,
        least(spans.complete_day, analyses.planned_decision_day) as cap_day
    from analyses
    inner join spans on analyses.experiment_id = spans.experiment_id

),

analysis_prints as (

    select
        experiment_id,
        {{ exact_sum(row_print('capped_analyses')) }} as rows_print
    from capped_analyses
    group by experiment_id

),

final as (

    select
        spans.experiment_id,
        md5(
            concat_ws(
                '|',
                '{{ local_md5(tojson(metrics, sort_keys=true) ~ var("reporting_timezone")) }}',
                cast(spans.last_day as string),
                {%- for model in filtering %}
                cast({{ model }}_print.rows_print as string),
                {%- endfor %}
                coalesce(cast(fact_prints.rows_print as string), ''),
                coalesce(cast(unit_prints.rows_print as string), ''),
                coalesce(cast(analysis_prints.rows_print as string), '')
            )
        ) as input_fingerprint
    from spans
    left join fact_prints on spans.experiment_id = fact_prints.experiment_id
    left join unit_prints on spans.experiment_id = unit_prints.experiment_id
    left join analysis_prints on spans.experiment_id = analysis_prints.experiment_id
    {%- for model in filtering %}
    cross join {{ model }}_print
    {%- endfor %}

)

select * from final
{%- endmacro -%}
