{#- Deletes from an incremental model what it is about to work out again: a hook before its run.

    touched: name of the model int_experiments_touched, which the model refers to
    returns: a statement, or nothing where the model is built from nothing -#}
{%- macro forget_touched(touched='int_experiments_touched') -%}
{%- if execute and is_incremental() -%}
delete from {{ this }}
where experiment_id in (select experiment_id from {{ ref(touched) }})
{%- endif -%}
{%- endmacro -%}
