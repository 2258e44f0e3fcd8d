{%- set batches = changed_batches('ml', 'models') -%}
with raw_models as (

    {{ raw('ml', 'models', batches) }}

),

typed_models as (

    select
        *,
        {{ read_as('label_window_days', 'integer') }} as typed_label_window_days,
        {{ read_as('decision_threshold', 'double') }} as typed_decision_threshold,
        {{ read_as('max_age_days', 'integer') }} as typed_max_age_days,
        {{ read_as('psi_threshold', 'double') }} as typed_psi_threshold,
        {{ read_as('minimum_gain', 'double') }} as typed_minimum_gain,
        {{ read_as('registered_at', 'timestamp') }} as typed_registered_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_models

),

checked_models as (

    select
        -- ids
        model_id,

        -- text
        title,
        hypothesis,
        owner,
        team,
        lower(task) as task,
        lower(entity) as entity,
        lower(validation_metric) as validation_metric,
        lower(chunk_grain) as chunk_grain,

        -- numbers
        typed_label_window_days as label_window_days,
        typed_decision_threshold as decision_threshold,
        typed_max_age_days as max_age_days,
        typed_psi_threshold as psi_threshold,
        typed_minimum_gain as minimum_gain,

        -- times
        typed_registered_at as registered_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        model_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('model_id') }},
            {{ missing('task') }},
            case
                when lower(task) not in ('binary_classification', 'regression', 'ranking')
                    then 'task_unknown'
            end,
            {{ missing('label_window_days') }},
            {{ unreadable('label_window_days') }},
            case
                when typed_label_window_days not between 0 and 3650
                    then 'label_window_days_out_of_range'
            end,
            {{ unreadable('decision_threshold') }},
            case
                when typed_decision_threshold not between 0 and 1
                    then 'decision_threshold_out_of_range'
            end,
            case when lower(chunk_grain) not in ('day', 'week') then 'chunk_grain_unknown' end,
            {{ unreadable('max_age_days') }},
            case
                when typed_max_age_days not between 1 and 36500 then 'max_age_days_out_of_range'
            end,
            {{ unreadable('psi_threshold') }},
            case
                when not (typed_psi_threshold > 0 and typed_psi_threshold <= 100)
                    then 'psi_threshold_out_of_range'
            end,
            {{ unreadable('minimum_gain') }},
            case when typed_minimum_gain not between 0 and 100 then 'minimum_gain_out_of_range' end,
            {{ missing('registered_at') }},
            {{ unreadable('registered_at') }},
            {{ in_future('registered_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_models

)

{{ latest_per_key('checked_models', batches) }}
