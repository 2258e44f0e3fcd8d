{%- set batches = changed_batches('product', 'survey_responses') -%}
with raw_survey_responses as (

    {{ raw('product', 'survey_responses', batches) }}

),

typed_survey_responses as (

    select
        *,
        {{ read_as('score', 'integer') }} as typed_score,
        {{ read_as('responded_at', 'timestamp') }} as typed_responded_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_survey_responses

),

checked_survey_responses as (

    select
        -- ids
        response_id,
        user_id,

        -- numbers
        typed_score as score,

        -- times
        typed_responded_at as responded_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        response_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('response_id') }},
            {{ missing('score') }},
            {{ unreadable('score') }},
            case when typed_score not between 0 and 10 then 'score_out_of_range' end,
            {{ missing('responded_at') }},
            {{ unreadable('responded_at') }},
            {{ in_future('responded_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_survey_responses

)

{{ latest_per_key('checked_survey_responses', batches) }}
