{#- The end of every base model: of the readable rows of a business key the latest is kept.

    The latest `loaded_at` wins; among equal ones the greatest md5 of the row, so that the choice
    never depends on the order of reading. The others are rejected: `duplicate` where the row is
    the winner once more, `superseded` where it differs.

    typed_rows: name of a CTE with loaded_at, raw_row_hash, business_key and own_reasons (text, null
        for a row that can be read)
    returns: a select statement: all columns of the CTE and rejection_reasons (text, null for an
        accepted row) -#}
{%- macro latest_per_key(typed_rows) -%}
select
    *,
    case
        when own_reasons is not null then own_reasons
        when row_number() over latest_first = 1 then null
        when raw_row_hash = first_value(raw_row_hash) over latest_first then 'duplicate'
        else 'superseded'
    end as rejection_reasons
from {{ typed_rows }}
window latest_first as (
    partition by business_key, own_reasons is null
    order by loaded_at desc, raw_row_hash desc
)
{%- endmacro -%}
