{#- The end of every base model: of the readable rows of a business key the latest is kept.

    The latest `loaded_at` wins; among equal ones the greatest md5 of the row, so that the choice
    never depends on the order of reading. The others are rejected: `duplicate` where the row is
    the winner once more, `superseded` where it differs.

    An incremental load takes the rows of the changed batches, and with them the kept rows of the
    same keys from other batches: these keys are decided anew, and replaced. A key that raw does
    not hold any more leaves a row with nothing but the key, `(gone)`, so that what was made from
    it can follow.

    typed_rows: name of a CTE with loaded_at, raw_row_hash, raw_print, load_batch, business_key and
        own_reasons (text, null for a row that can be read)
    batches: the changed batches; none for all rows
    returns: a select statement: all columns of the CTE; rejection_reasons (text, null for an
        accepted row); load_number, of the load that decided about the row -#}
{%- macro latest_per_key(typed_rows, batches) -%}
{%- set load_number = next_load() -%}
{%- if batches is none -%}
{{ _ranked_per_key(typed_rows, load_number) }}
{%- else -%}
{%- set columns = [] -%}
{%- for column in adapter.get_columns_in_relation(this)
    if column.name not in ('rejection_reasons', 'load_number') -%}
    {%- do columns.append(column) -%}
{%- endfor -%}
, changed_keys as (

    select business_key
    from {{ typed_rows }}
    union distinct
    select business_key
    from {{ temporary_table('kept_keys', _keys_of_batches(batches)) }}

),

candidate_rows as (

    select
        {%- for column in columns %}
        {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ typed_rows }}
    union all
    select
        {%- for column in columns %}
        kept_rows.{{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ this }} as kept_rows
    where
        {{ has_key_of(
            this,
            'kept_rows',
            'business_key',
            'changed_keys',
            'load_batch not in ' ~ _quoted_list(batches) if batches else '1 = 0'
        ) | indent(8) }}

),

ranked_rows as (

    {{ _ranked_per_key('candidate_rows', load_number) | indent(4) }}

),

gone_keys as (

    select
        {%- for column in columns %}
        {{ _gone_value(column) }} as {{ column.name }},
        {%- endfor %}
        '(gone)' as rejection_reasons,
        cast({{ load_number }} as bigint) as load_number
    from changed_keys
    left join candidate_rows on changed_keys.business_key is not distinct from candidate_rows.business_key
    where candidate_rows.raw_row_hash is null

)

select * from ranked_rows
union all
select * from gone_keys
{%- endif -%}
{%- endmacro -%}

{%- macro _keys_of_batches(batches) -%}
select distinct business_key
from {{ this }}
where {{ 'load_batch in ' ~ _quoted_list(batches) if batches else '1 = 0' }}
{%- endmacro -%}

{%- macro _ranked_per_key(typed_rows, load_number) -%}
select
    *,
    case
        when own_reasons is not null then own_reasons
        when row_number() over latest_first = 1 then null
        when raw_row_hash = first_value(raw_row_hash) over latest_first then 'duplicate'
        else 'superseded'
    end as rejection_reasons,
    cast({{ load_number }} as bigint) as load_number
from {{ typed_rows }}
window latest_first as (
    partition by business_key, own_reasons is null
    order by loaded_at desc, raw_row_hash desc
)
{%- endmacro -%}

{%- macro _gone_value(column) -%}
{%- if column.name == 'business_key' -%}changed_keys.business_key
{%- elif column.name == 'raw_row_hash' -%}'(gone)'
{%- else -%}cast(null as {{ column.dtype }})
{%- endif -%}
{%- endmacro -%}
