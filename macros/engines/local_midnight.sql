{#- The moment (UTC) at which a day begins in the reporting time zone (var `reporting_timezone`).

    date: an expression of type date
    returns: an expression of type timestamp, UTC
    example: local_midnight("date '2025-01-02'") with Asia/Seoul -> 2025-01-01 15:00:00 -#}
{%- macro local_midnight(date) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ date }} as timestamp)
    {%- else -%}
        {{ adapter.dispatch('local_midnight', 'groundwork')(date, var('reporting_timezone')) }}
    {%- endif -%}
{%- endmacro -%}

{%- macro duckdb__local_midnight(date, timezone) -%}
    (cast({{ date }} as timestamp) at time zone '{{ timezone }}') at time zone 'UTC'
{%- endmacro -%}

{%- macro spark__local_midnight(date, timezone) -%}
    to_utc_timestamp(cast({{ date }} as timestamp), '{{ timezone }}')
{%- endmacro -%}
