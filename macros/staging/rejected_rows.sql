{#- The raw rows of one table that staging set aside, each once for every time it was delivered.

    An incremental load takes the keys that the base model has decided about since, and replaces
    theirs.

    base: relation of the table's base model
    source_name, table_name: the table of the raw contract
    returns: a select statement in the shape of the model `rejected_rows`, laid out for a CTE -#}
{%- macro rejected_rows(base, source_name, table_name) -%}
{%- set rows = raw(source_name, table_name) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set seen = _seen_of_table(base, source_name, table_name) -%}
{%- set rows = raw(source_name, table_name, _rejected_batches(base, seen), 'rejected') -%}
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
        where {{ _is_rejected(seen) }}

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

    )

    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        rejected.raw_row_hash,
        cast(rejected.occurrence as bigint) as occurrence,
        rejected.business_key,
        rejected.rejection_reasons,
        rejected_raw_rows.raw_row,
        rejected.loaded_at,
        rejected.load_number
    from rejected
    inner join rejected_raw_rows on rejected.raw_row_hash = rejected_raw_rows.raw_row_hash
    {%- if adds_to_table() %}
    union all
    -- keys that are decided anew: what is here of them goes
    select distinct
        kept.source_name,
        kept.table_name,
        cast(null as string) as raw_row_hash,
        cast(null as bigint) as occurrence,
        kept.business_key,
        cast(null as string) as rejection_reasons,
        cast(null as string) as raw_row,
        cast(null as timestamp) as loaded_at,
        cast(null as bigint) as load_number
    from {{ this }} as kept
    {%- if seen %}
    inner join {{ base }} as decided
        on
            kept.business_key is not distinct from decided.business_key
            and decided.load_number > {{ seen }}
    {%- endif %}
    where kept.source_name = '{{ source_name }}' and kept.table_name = '{{ table_name }}'
    {%- endif %}
{%- endmacro -%}

{%- macro _is_rejected(seen) -%}
rejection_reasons is not null
            and rejection_reasons != '(gone)'
            {%- if seen %}
            and load_number > {{ seen }}
            {%- endif %}
{%- endmacro -%}

{#- The last load whose rejected rows are here; none where all have to be taken. -#}
{%- macro _seen_of_table(base, source_name, table_name) -%}
    {%- if not adds_to_table() -%}{{ return(none) }}{%- endif -%}
    {%- set query -%}
select
    (
        select max(load_number)
        from {{ this }}
        where source_name = '{{ source_name }}' and table_name = '{{ table_name }}'
    ) as seen,
    (select min(load_number) from {{ base }}) as first_load
    {%- endset -%}
    {%- set numbers = run_query(query).rows[0] -%}
    {%- if numbers[0] is none or numbers[1] is none or numbers[1] > numbers[0] -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(numbers[0] | int) }}
{%- endmacro -%}

{#- Their batches, so that only these are read; none for all. -#}
{%- macro _rejected_batches(base, seen) -%}
    {%- if not seen -%}{{ return(none) }}{%- endif -%}
    {%- set query -%}
select distinct load_batch
from {{ base }}
where {{ _is_rejected(seen) }}
order by load_batch
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro -%}
