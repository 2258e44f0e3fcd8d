{#- The rows of the experiments that an incremental model has to work out again; else all rows.

    rows: relation with experiment_id
    touched: relation in the shape of `int_experiments_touched`
    returns: a select statement for a CTE -#}
{%- macro of_touched(rows, touched) -%}
{%- if execute and is_incremental() -%}
select source_rows.*
    from {{ rows }} as source_rows
    inner join {{ touched }} as touched on source_rows.experiment_id = touched.experiment_id
{%- else -%}
select * from {{ rows }}
{%- endif -%}
{%- endmacro -%}
