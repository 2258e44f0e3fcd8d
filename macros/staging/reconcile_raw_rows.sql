{#- Raw, accepted and rejected rows of one table side by side.

    source_name, table_name: the table of the raw contract
    accepted: relation of its staging model
    rejected: relation of rejected_rows
    returns: a select statement of one row, laid out for a CTE: source_name, table_name, raw_count,
        accepted_count, rejected_count -#}
{%- macro reconcile_raw_rows(source_name, table_name, accepted, rejected) -%}
    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        (
            select count(*)
            from (
                {{ raw(source_name, table_name) | indent(12) }}
            ) as raw_rows
        ) as raw_count,
        (select count(*) from {{ accepted }}) as accepted_count,
        (
            select count(*)
            from {{ rejected }}
            where source_name = '{{ source_name }}' and table_name = '{{ table_name }}'
        ) as rejected_count
{%- endmacro -%}
