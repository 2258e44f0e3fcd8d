{#- What each day's loads brought of a raw table, of the rows that staging accepted.

    A row is late when it was loaded more than two days after the latest of its own times: a nightly
    load that ran once more may take as long. Times are the timestamps that the contract lists as
    loaded_at_fallback, and no dates, which are planned ahead or booked behind; without them, or
    without loaded_at, lateness is not known.

    staged: relation of the table's staging model
    source_name, table_name: the table of the raw contract
    returns: a select statement, laid out for a CTE: source_name, table_name, load_date,
        accepted_count, late_count (null where it is not known), cell_count and filled_count
        (cells of the columns that may be empty, and those of them that are filled) -#}
{%- macro accepted_batches(staged, source_name, table_name) -%}
{%- if not execute -%}{{ return('select 1 as parsed') }}{%- endif -%}
{%- set table = raw_contract(source_name, table_name) -%}
{%- set columns = table.columns | rejectattr('absent') | rejectattr('personal') | list -%}
{%- set names = columns | map(attribute='name') | list -%}
{%- set optional = columns | rejectattr('not_null') | map(attribute='name') | list -%}
{%- set moments = columns | selectattr('data_type', 'equalto', 'timestamp')
    | map(attribute='name') | list -%}
{%- set times = table.loaded_at_fallback | select('in', moments) | list -%}
{%- set latest = times[0] if times | length == 1 else 'greatest(' ~ times | join(', ') ~ ')' -%}
    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as table_name,
        cast(loaded_at as date) as load_date,
        count(*) as accepted_count,
        {%- if times and 'loaded_at' in names %}
        count(
            case
                when loaded_at > {{ latest }} + interval '2' day
                    then 1
            end
        ) as late_count,
        {%- else %}
        cast(null as bigint) as late_count,
        {%- endif %}
        {{ optional | length }} * count(*) as cell_count,
        {%- for name in optional %}
        {{ '+ ' if not loop.first }}count({{ name }})
        {%- else %}
        0
        {%- endfor %} as filled_count
    from {{ staged }}
    group by cast(loaded_at as date)
{%- endmacro -%}
