{#- The project's incremental strategy: rows of the keys that a load brings take the place of those
    that are there, in one transaction.

    What is no row (config.meta.is_row, by default `load_number is not null`) only says that its key
    is to go. Keys may be null.

    arg_dict: what dbt gives a strategy: target_relation, temp_relation, unique_key, dest_columns
    returns: the statements that dbt runs -#}
{%- macro get_incremental_replace_keys_sql(arg_dict) -%}
{%- set keys = [arg_dict.unique_key] if arg_dict.unique_key is string else arg_dict.unique_key -%}
{%- set columns = get_quoted_csv(arg_dict.dest_columns | map(attribute='name')) -%}
delete from {{ arg_dict.target_relation }} as kept
using (select distinct {{ keys | join(', ') }} from {{ arg_dict.temp_relation }}) as loaded
where
    {%- for key in keys %}
    {{ 'and ' if not loop.first }}kept.{{ key }} is not distinct from loaded.{{ key }}
    {%- endfor %};

insert into {{ arg_dict.target_relation }} ({{ columns }})
select {{ columns }}
from {{ arg_dict.temp_relation }}
where {{ config.get('meta', {}).get('is_row', 'load_number is not null') }}
{%- endmacro -%}
