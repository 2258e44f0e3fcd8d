{#- The periods that an incremental model of measures has to compute again, and the days they read.

    A period's print is made of the prints of the rows of its days and, for a trailing measure, of
    the days before it, and of the fact's definitions. It is stored with the values, so a period is
    computed again exactly when what it was computed from has changed: a new row, a correction that
    moved a row to another day, a late row, another dimension value, another definition.

    time_column: column of the rows that says when
    measures: the measures that are timed by it, as in metric_definitions()
    stored: relation with the time column and row_print
    returns: CTEs behind `as_of` and `time_spine`, with a comma before the first: for every window
        of the measures (0: none) <time_column>_<window>_changed with grain, period_start and
        period_print (null where no row is left); and, where the model adds to what is there,
        <time_column>_needed_days with date_day -#}
{%- macro changed_periods(time_column, measures, stored) -%}
{%- set definitions = local_md5(tojson(measures, sort_keys=true)) -%}
{%- set windows = _windows(measures) %},

{{ time_column }}_day_prints as (

    select
        cast({{ time_column }} as date) as date_day,
        {{ exact_sum('row_print') }} as day_print
    from {{ stored }}
    where {{ time_column }} is not null
    group by cast({{ time_column }} as date)
    having cast({{ time_column }} as date) < (select as_of.as_of_date from as_of)

)
{%- for window in windows %},

{{ time_column }}_prints_{{ window }} as (
{% if window == 0 %}
    select
        date_day,
        day_print as reach_print
    from {{ time_column }}_day_prints
{% else %}
    select
        time_spine.date_day,
        sum(coalesce(day_prints.day_print, 0)) over (
            order by time_spine.date_day
            rows between {{ window - 1 }} preceding and current row
        ) as reach_print
    from time_spine
    left join {{ time_column }}_day_prints as day_prints
        on time_spine.date_day = day_prints.date_day
{% endif %}
)
{{- _printed_periods(time_column ~ '_' ~ window, time_column ~ '_prints_' ~ window, definitions) }}
{{- _changed_of(time_column ~ '_' ~ window, _names_of(measures, window)) }}
{%- endfor %}
{%- if adds_to_table() %},

{{ time_column }}_needed_spans as (
{% for window in windows %}
    select
        {{ add_days('period_start', 1 - [window, 1] | max) }} as first_day,
        {{ period_end('grain', 'period_start') }} as end_day
    from {{ time_column }}_{{ window }}_changed
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}

),

{{ time_column }}_needed_days as (

    select distinct day_prints.date_day
    from {{ time_column }}_day_prints as day_prints
    inner join {{ time_column }}_needed_spans as spans
        on
            day_prints.date_day >= spans.first_day
            and day_prints.date_day < spans.end_day

)
{%- endif %}
{%- endmacro -%}

{#- The periods of days with their prints, as <name>_periods.

    days: name of a CTE with date_day and reach_print, of the rows that the day's values rest on
    definitions: what the values are computed by, as a text -#}
{%- macro _printed_periods(name, days, definitions) %},

{{ name }}_grains (grain) as (

    values ('day'), ('week'), ('month')

),

{{ name }}_days_of_periods as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'printed_days.date_day') }} as period_start,
        printed_days.reach_print
    from {{ days }} as printed_days
    cross join {{ name }}_grains as grains

),

{{ name }}_periods as (

    select
        grain,
        period_start,
        concat_ws(
            '|',
            cast({{ exact_sum('reach_print') }} as string),
            cast(count(*) as string),
            '{{ definitions }}'
        ) as period_print
    from {{ name }}_days_of_periods
    group by grain, period_start

)
{%- endmacro -%}

{#- Of the periods with their prints (<name>_periods) those to compute, as <name>_changed. -#}
{%- macro _changed_of(name, measure_names) %},
{% if adds_to_table() %}
{{ name }}_kept as (

    select distinct
        grain,
        period_start,
        period_print
    from {{ this }}
    where measure_name in ({{ measure_names }})

),

{{ name }}_changed as (

    select
        coalesce(periods.grain, kept.grain) as grain,
        coalesce(periods.period_start, kept.period_start) as period_start,
        max(periods.period_print) as period_print
    from {{ name }}_periods as periods
    full join {{ name }}_kept as kept
        on periods.grain = kept.grain and periods.period_start = kept.period_start
    where periods.period_print is distinct from kept.period_print
    group by
        coalesce(periods.grain, kept.grain),
        coalesce(periods.period_start, kept.period_start)

)
{%- else %}
{{ name }}_changed as (

    select * from {{ name }}_periods

)
{%- endif %}
{%- endmacro -%}

{%- macro _windows(measures) -%}
    {%- set windows = [] -%}
    {%- for measure in measures -%}
        {%- do windows.append((measure.window_days or 0) | int) -%}
    {%- endfor -%}
    {{ return(windows | unique | sort) }}
{%- endmacro -%}

{%- macro _names_of(measures, window) -%}
    {%- for measure in measures if (measure.window_days or 0) | int == window -%}
        '{{ measure.name }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
