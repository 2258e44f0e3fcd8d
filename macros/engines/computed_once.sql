{#- A condition that is always true, and keeps an engine from computing a CTE once per reference.

    Spark puts the text of a CTE in the place of every reference to it, unless it could give another
    answer each time: a chain of ten CTEs that are read three times each would be planned 59,049
    times. DuckDB computes such a CTE once of its own accord.

    word: `where`, or `and` behind other conditions
    returns: a condition on a line of its own, or nothing; stands right behind `from` and its joins
    example: computed_once() -> where rand() >= 0, on Spark -#}
{%- macro computed_once(word='where') -%}
    {{ return(adapter.dispatch('computed_once', 'groundwork')(word)) }}
{%- endmacro -%}

{%- macro duckdb__computed_once(word) -%}
    {{ return('') }}
{%- endmacro -%}

{%- macro spark__computed_once(word) -%}
    {{ return('\n    ' ~ word ~ ' rand() >= 0') }}
{%- endmacro -%}
