{%- set batches = changed_batches('data_team', 'decisions') -%}
with raw_decisions as (

    {{ raw('data_team', 'decisions', batches) }}

),

typed_decisions as (

    select
        *,
        {{ read_as('metric_version', 'integer') }} as typed_metric_version,
        {{ read_as('metric_value', 'double') }} as typed_metric_value,
        {{ read_as('decided_at', 'timestamp') }} as typed_decided_at,
        {{ read_as('rule_recorded_at', 'timestamp') }} as typed_rule_recorded_at,
        {{ read_as('data_through', 'date') }} as typed_data_through,
        {{ read_as('review_on', 'date') }} as typed_review_on,
        {{ read_as('reviewed_at', 'timestamp') }} as typed_reviewed_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_decisions

),

checked_decisions as (

    select
        -- ids
        decision_id,
        experiment_id,
        model_id,

        -- text
        title,
        owner,
        department,
        lower(claimed_mode) as claimed_mode,
        rule,
        metric_name,
        expected_effect,
        lower(outcome) as outcome,

        -- numbers
        typed_metric_version as metric_version,
        typed_metric_value as metric_value,

        -- times
        typed_decided_at as decided_at,
        typed_rule_recorded_at as rule_recorded_at,
        typed_data_through as data_through,
        typed_review_on as review_on,
        typed_reviewed_at as reviewed_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        decision_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('decision_id') }},
            {{ missing('decided_at') }},
            {{ unreadable('decided_at') }},
            {{ in_future('decided_at') }},
            {{ missing('claimed_mode') }},
            case
                when lower(claimed_mode) not in ('data_driven', 'data_informed', 'other')
                    then 'claimed_mode_unknown'
            end,
            {{ unreadable('rule_recorded_at') }},
            {{ in_future('rule_recorded_at') }},
            {{ unreadable('data_through') }},
            {{ unreadable('metric_version') }},
            {{ unreadable('metric_value') }},
            case
                when not (typed_metric_value > -1e300 and typed_metric_value < 1e300)
                    then 'metric_value_out_of_range'
            end,
            {{ unreadable('review_on') }},
            {{ unreadable('reviewed_at') }},
            {{ in_future('reviewed_at') }},
            case when typed_reviewed_at < typed_decided_at then 'reviewed_at_before_decided_at' end,
            case
                when lower(outcome) not in ('as_expected', 'better', 'worse', 'unknown')
                    then 'outcome_unknown'
            end,
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_decisions

)

{{ latest_per_key('checked_decisions', batches) }}
