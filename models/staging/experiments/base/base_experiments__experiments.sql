{%- set batches = changed_batches('experiments', 'experiments') -%}
with raw_experiments as (

    {{ raw('experiments', 'experiments', batches) }}

),

typed_experiments as (

    select
        *,
        {{ read_as('registered_at', 'timestamp') }} as typed_registered_at,
        {{ read_as('started_at', 'timestamp') }} as typed_started_at,
        {{ read_as('planned_end_at', 'timestamp') }} as typed_planned_end_at,
        {{ read_as('ended_at', 'timestamp') }} as typed_ended_at,
        {{ read_as('alpha', 'double') }} as typed_alpha,
        {{ read_as('power', 'double') }} as typed_power,
        {{ read_as('decided_at', 'timestamp') }} as typed_decided_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_experiments

),

checked_experiments as (

    select
        -- ids
        experiment_id,
        control_variant_id,

        -- text
        title,
        hypothesis,
        owner,
        lower(kind) as kind,
        lower(unit) as unit,
        lower(status) as status,
        lower(monitoring) as monitoring,
        lower(primary_rule) as primary_rule,
        lower(decision_estimator) as decision_estimator,
        lower(decision) as decision,
        decided_by,

        -- numbers
        typed_alpha as alpha,
        typed_power as power,

        -- times
        typed_registered_at as registered_at,
        typed_started_at as started_at,
        typed_planned_end_at as planned_end_at,
        typed_ended_at as ended_at,
        typed_decided_at as decided_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        experiment_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('experiment_id') }},
            {{ missing('kind') }},
            case when lower(kind) not in ('ab', 'aa') then 'kind_unknown' end,
            {{ missing('control_variant_id') }},
            {{ missing('registered_at') }},
            {{ unreadable('registered_at') }},
            {{ in_future('registered_at') }},
            {{ missing('started_at') }},
            {{ unreadable('started_at') }},
            case
                when lower(status) != 'planned'
                    then
                        {{ in_future('started_at') | indent(12) }}
            end,
            {{ missing('planned_end_at') }},
            {{ unreadable('planned_end_at') }},
            case
                when typed_planned_end_at <= typed_started_at
                    then 'planned_end_at_before_started_at'
            end,
            {{ unreadable('ended_at') }},
            {{ in_future('ended_at') }},
            case when typed_ended_at < typed_started_at then 'ended_at_before_started_at' end,
            {{ missing('status') }},
            case
                when lower(status) not in ('planned', 'running', 'stopped', 'completed')
                    then 'status_unknown'
            end,
            {{ unreadable('alpha') }},
            case when not (typed_alpha > 0 and typed_alpha < 1) then 'alpha_out_of_range' end,
            {{ unreadable('power') }},
            case when not (typed_power > 0 and typed_power < 1) then 'power_out_of_range' end,
            case
                when lower(monitoring) not in ('fixed_horizon', 'always_valid')
                    then 'monitoring_unknown'
            end,
            case when lower(primary_rule) not in ('any', 'all') then 'primary_rule_unknown' end,
            case
                when lower(decision_estimator) not in ('difference_in_means', 'cuped')
                    then 'decision_estimator_unknown'
            end,
            case
                when lower(decision) not in ('ship', 'roll_back', 'inconclusive', 'keep_running')
                    then 'decision_unknown'
            end,
            {{ unreadable('decided_at') }},
            {{ in_future('decided_at') }},
            case when typed_decided_at < typed_started_at then 'decided_at_before_started_at' end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_experiments

)

{{ latest_per_key('checked_experiments', batches) }}
