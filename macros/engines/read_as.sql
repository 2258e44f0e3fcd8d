{#- Reads text as another type; null where the text cannot be read as one, never an error.

    column: an expression of type text
    data_type: one of timestamp (ISO 8601; without an offset it is UTC), date, decimal
        (18 digits, 4 of them behind the point), integer, double, boolean, text
    returns: an expression, laid out for a select list in a CTE
    example: read_as('gross_amount', 'decimal') -> null for '12,50 EUR', 12.5000 for '12.5' -#}
{%- macro read_as(column, data_type) -%}
    {%- set known = ['text', 'timestamp', 'date', 'decimal', 'integer', 'double', 'boolean'] -%}
    {%- if data_type not in known -%}
        {{ exceptions.raise_compiler_error(
            "read_as: the type '" ~ data_type ~ "' is not known; use one of " ~ known | join(', ')
        ) }}
    {%- endif -%}
    {#- an underscore between digits is a number for DuckDB and none for Spark: it is none here -#}
    {%- set number = 'try_cast(' ~ column ~ ' as decimal(18, 4))' -%}
    {%- if data_type == 'text' -%}
        {{ column }}
    {%- elif data_type == 'timestamp' -%}
        case
            when {{ column }} like '____-__-__%'
                then {{ _safe_timestamp(column) }}
        end
    {%- elif data_type == 'date' -%}
        case
            when {{ column }} like '____-__-__%'
                then cast({{ _safe_timestamp(column) }} as date)
        end
    {%- elif data_type == 'integer' -%}
        case
            when
                instr({{ column }}, '_') = 0
                and {{ number }}
                = floor({{ number }})
                then cast({{ number }} as bigint)
        end
    {%- elif data_type == 'decimal' -%}
        case
            when instr({{ column }}, '_') = 0
                then {{ number }}
        end
    {%- else -%}
        try_cast({{ column }} as {{ data_type }})
    {%- endif -%}
{%- endmacro -%}

{#- DuckDB drops the offset of a text cast to timestamp; Spark converts it to the session's zone. -#}
{%- macro _safe_timestamp(column) -%}
    {{ return(adapter.dispatch('_safe_timestamp', 'groundwork')(column)) }}
{%- endmacro -%}

{%- macro duckdb___safe_timestamp(column) -%}
    cast(try_cast({{ column }} as timestamptz) as timestamp)
{%- endmacro -%}

{%- macro spark___safe_timestamp(column) -%}
    try_cast({{ column }} as timestamp)
{%- endmacro -%}
