{#- The raw rows of one table that staging set aside, each once for every time it was delivered.

    base: relation of the table's base model
    source_name, table_name: the table of the raw contract
    returns: a select statement in the shape of the model `rejected_rows`, laid out for a CTE -#}
{%- macro rejected_rows(base, source_name, table_name) -%}
{%- set rows = raw(source_name, table_name) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set columns = raw_contract(source_name, table_name).columns
    | rejectattr('personal') | map(attribute='name') | list -%}
    with rejected as (

        select
            *,
            row_number() over (
                partition by raw_row_hash
                order by rejection_reasons
            ) as occurrence
        from {{ base }}
        where rejection_reasons is not null

    ),

    raw_rows as (

        {{ rows | indent(4) }}

    ),

    -- rows of one hash are the same row
    rejected_raw_rows as (

        select distinct
            raw_row_hash,
            {{ json_row(columns) | indent(4) }} as raw_row
        from raw_rows
        where raw_row_hash in (select rejected.raw_row_hash from rejected)

    )

    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        rejected.raw_row_hash,
        cast(rejected.occurrence as bigint) as occurrence,
        rejected.business_key,
        rejected.rejection_reasons,
        rejected_raw_rows.raw_row,
        rejected.loaded_at
    from rejected
    inner join rejected_raw_rows on rejected.raw_row_hash = rejected_raw_rows.raw_row_hash
{%- endmacro -%}
