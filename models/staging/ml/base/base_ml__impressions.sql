{%- set batches = changed_batches('ml', 'impressions') -%}
with raw_impressions as (

    {{ raw('ml', 'impressions', batches) }}

),

typed_impressions as (

    select
        *,
        {{ read_as('position', 'integer') }} as typed_position,
        {{ read_as('score', 'double') }} as typed_score,
        {{ read_as('propensity', 'double') }} as typed_propensity,
        {{ read_as('is_clicked', 'boolean') }} as typed_is_clicked,
        {{ read_as('shown_at', 'timestamp') }} as typed_shown_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_impressions

),

checked_impressions as (

    select
        -- ids
        impression_id,
        request_id,
        model_id,
        version_id,
        user_id,
        item_id,

        -- numbers
        typed_position as position,
        typed_score as score,
        typed_propensity as propensity,

        -- booleans
        typed_is_clicked as is_clicked,

        -- times
        typed_shown_at as shown_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        impression_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('impression_id') }},
            {{ missing('request_id') }},
            {{ missing('model_id') }},
            {{ missing('version_id') }},
            {{ missing('item_id') }},
            {{ missing('position') }},
            {{ unreadable('position') }},
            case when typed_position < 1 then 'position_out_of_range' end,
            {{ unreadable('score') }},
            case
                when not (typed_score > -1e300 and typed_score < 1e300) then 'score_out_of_range'
            end,
            {{ unreadable('propensity') }},
            case
                when not (typed_propensity > 0 and typed_propensity <= 1)
                    then 'propensity_out_of_range'
            end,
            {{ missing('is_clicked') }},
            {{ unreadable('is_clicked') }},
            {{ missing('shown_at') }},
            {{ unreadable('shown_at') }},
            {{ in_future('shown_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_impressions

)

{{ latest_per_key('checked_impressions', batches) }}
