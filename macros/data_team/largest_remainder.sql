{#- Shares out amounts of money by weight, so that the parts of each add up to it to the cent.

    Each part is cut down to whole cents; the cents that are left go one by one to the parts that lost
    most (the method of the largest remainder, of Hamilton), among equal ones to the first target by
    name. A negative amount is shared out as its opposite. Whole numbers all through: nothing is
    rounded twice, and a part without weight never takes a cent.

    name: name of the last CTE
    rows: name of a CTE with the line's columns, target (once a line), amount (decimal(18, 2), the
        same on all rows of a line; null has null parts) and weight (bigint, 0 or more, not null)
    line: names of the columns that make a line, as a list
    returns: CTEs, the last with all columns of the rows and allocated_amount (decimal(18, 2)), which is
        null where all weights of the line are 0
    example: 10.00 over a, b and c of equal weight -> 3.34, 3.33 and 3.33 -#}
{%- macro largest_remainder(name, rows, line) -%}
{%- set key = line | join(', ') -%}
{{ name }}_in_cents as (

    select
        *,
        {{ exact_integer('abs(cast(coalesce(amount, 0) as decimal(38, 2))) * 100') }} as line_cents,
        {{ exact_integer('weight') }} as exact_weight,
        sum({{ exact_integer('weight') }}) over (
            partition by {{ key }}
        ) as total_weight
    from {{ rows }}

),

{{ name }}_cut as (

    select
        *,
        {{ whole_quotient(
            exact_product(['line_cents', 'exact_weight']), 'nullif(total_weight, 0)'
        ) }} as whole_cents,
        {{ exact_product(['line_cents', 'exact_weight']) }}
        % nullif(total_weight, 0) as lost_share
    from {{ name }}_in_cents

),

{{ name }}_ranked as (

    select
        *,
        row_number() over (
            partition by {{ key }}
            order by lost_share desc, target asc
        ) as place,
        line_cents - sum(whole_cents) over (
            partition by {{ key }}
        ) as cents_left
    from {{ name }}_cut

),

{{ name }} as (

    select
        *,
        cast(
            cast(
                case when amount < 0 then -1 when amount >= 0 then 1 end
                * (whole_cents + case when place <= cents_left then 1 else 0 end)
                as decimal(18, 0)
            ) * 0.01 as decimal(18, 2)
        ) as allocated_amount
    from {{ name }}_ranked

)
{%- endmacro -%}
