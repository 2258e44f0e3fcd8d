{#- Moments are the end of the incremental chain: until they are written, every model before them
    works out the same experiments again, so that a build that broke off leaves nothing half-done. -#}
{%- set kept = kept_relation('int_experiment_moment_changes', 'input_fingerprint') -%}
with inputs as (

    select * from {{ ref('int_experiment_inputs') }}

),

kept as (

    {% if kept -%}
    select distinct
        experiment_id,
        input_fingerprint
    from {{ kept }}
    {%- else -%}
    select
        experiment_id,
        input_fingerprint
    from inputs
    where 1 = 0
    {%- endif %}

),

-- what is new or has changed, and what is not registered any more
final as (

    select
        coalesce(inputs.experiment_id, kept.experiment_id) as experiment_id,
        max(inputs.input_fingerprint) as input_fingerprint
    from inputs
    full join kept
        on
            inputs.experiment_id = kept.experiment_id
            and inputs.input_fingerprint = kept.input_fingerprint
    where inputs.experiment_id is null or kept.experiment_id is null
    group by coalesce(inputs.experiment_id, kept.experiment_id)

)

select * from final
