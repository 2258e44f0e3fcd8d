{#- The calendar date of a UTC timestamp in the reporting time zone (var `reporting_timezone`).

    column: an expression of type timestamp, UTC
    returns: an expression of type date
    example: local_date('ordered_at') with Asia/Seoul -> 2025-01-02 for 2025-01-01 20:00:00 -#}
{%- macro local_date(column) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ column }} as date)
    {%- else -%}
        {{ adapter.dispatch('local_date', 'groundwork')(column, var('reporting_timezone')) }}
    {%- endif -%}
{%- endmacro -%}

{%- macro duckdb__local_date(column, timezone) -%}
    cast(({{ column }} at time zone 'UTC') at time zone '{{ timezone }}' as date)
{%- endmacro -%}

{%- macro spark__local_date(column, timezone) -%}
    cast(from_utc_timestamp({{ column }}, '{{ timezone }}') as date)
{%- endmacro -%}
