with raw_survey_responses as (

    {{ raw('product', 'survey_responses') }}

),

typed_survey_responses as (

    select
        -- ids
        response_id,
        user_id,

        -- numbers
        {{ read_as('score', 'integer') }} as score,

        -- times
        {{ read_as('responded_at', 'timestamp') }} as responded_at,
        {{ read_as('loaded_at', 'timestamp') }} as loaded_at,

        -- what is kept is decided by these
        response_id as business_key,
        raw_row_hash,
        nullif(concat_ws(
            ', ',
            {{ missing('response_id') }},
            {{ missing('score') }},
            {{ unreadable('score', 'integer') }},
            case
                when {{ read_as('score', 'integer') }} not between 0 and 10
                    then 'score_out_of_range'
            end,
            {{ missing('responded_at') }},
            {{ unreadable('responded_at', 'timestamp') }},
            {{ in_future('responded_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at', 'timestamp') }}
        ), '') as own_reasons
    from raw_survey_responses

)

{{ latest_per_key('typed_survey_responses') }}
