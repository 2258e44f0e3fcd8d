{%- set batches = changed_batches('experiments', 'experiment_metrics') -%}
with raw_experiment_metrics as (

    {{ raw('experiments', 'experiment_metrics', batches) }}

),

typed_experiment_metrics as (

    select
        *,
        {{ read_as('minimum_detectable_effect', 'double') }} as typed_minimum_detectable_effect,
        {{ read_as('non_inferiority_margin', 'double') }} as typed_non_inferiority_margin,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_experiment_metrics

),

-- a relative effect of 100 is a change to the 101-fold; what is larger is no number of a plan
checked_experiment_metrics as (

    select
        -- ids
        experiment_id,
        metric_name,

        -- text
        lower(role) as role,

        -- numbers
        typed_minimum_detectable_effect as minimum_detectable_effect,
        typed_non_inferiority_margin as non_inferiority_margin,

        -- times
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        experiment_id || '|' || metric_name as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('experiment_id') }},
            {{ missing('metric_name') }},
            {{ missing('role') }},
            case
                when lower(role) not in ('primary', 'secondary', 'guardrail') then 'role_unknown'
            end,
            {{ unreadable('minimum_detectable_effect') }},
            case
                when
                    not (
                        typed_minimum_detectable_effect > 0
                        and typed_minimum_detectable_effect <= 100
                    )
                    then 'minimum_detectable_effect_out_of_range'
            end,
            {{ unreadable('non_inferiority_margin') }},
            case
                when
                    not (typed_non_inferiority_margin > 0 and typed_non_inferiority_margin <= 100)
                    then 'non_inferiority_margin_out_of_range'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_experiment_metrics

)

{{ latest_per_key('checked_experiment_metrics', batches) }}
