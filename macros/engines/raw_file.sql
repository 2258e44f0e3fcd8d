{#- The relation of a raw file, Parquet or CSV (Spark: Parquet only).

    path: the file's path without its ending
    returns: what stands behind `from`; every CSV column as text
    example: raw_file('/data/product/orders') -> read_parquet('/data/product/orders.parquet') -#}
{%- macro raw_file(path) -%}
    {{ return(adapter.dispatch('raw_file', 'groundwork')(path)) }}
{%- endmacro -%}

{%- macro duckdb__raw_file(path) -%}
    {%- set found = run_query("select count(*) from glob('" ~ path ~ ".parquet')") -%}
    {%- if found.columns[0].values()[0] -%}
        read_parquet('{{ path }}.parquet')
    {%- else -%}
        read_csv(
            '{{ path }}.csv',
            header = true,
            delim = ',',
            quote = '"',
            escape = '"',
            skip = 0,
            all_varchar = true
        )
    {%- endif -%}
{%- endmacro -%}

{%- macro spark__raw_file(path) -%}
    parquet.`{{ path }}.parquet`
{%- endmacro -%}
