{#- The keys of a base model that a load brought, decided anew, or found gone.

    base: relation of a base model
    seen: the last load that was seen, as `seen_load` gives it
    returns: a select statement of one column, business_key -#}
{%- macro changed_keys(base, seen) -%}
    {%- set query -%}
select distinct business_key
from {{ base }}
where load_number > {{ seen }} and business_key is not null
    {%- endset -%}
select business_key from {{ temporary_table('changed_keys_of_' ~ base.identifier, query) }}
{%- endmacro -%}
