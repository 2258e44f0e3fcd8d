with requests as (

    select * from {{ ref('stg_data_team__requests') }}

),

normalised as (

    select
        request_id,
        {{ normalised_text('title') }} as question_key,
        {{ sorted_words('lower(tables_used)', 'names', [], "', '") }}
            as tables_used,
        requested_at
    from requests

),

first_tables as (

    select
        question_key,
        tables_used
    from normalised
    where question_key is not null and tables_used is not null
    qualify
        row_number() over (
            partition by question_key
            order by requested_at, request_id
        ) = 1

),

-- a wording without tables asks what the first wording with tables did
questions as (

    select
        normalised.request_id,
        normalised.question_key,
        normalised.tables_used,
        coalesce(normalised.tables_used, first_tables.tables_used) as question_tables,
        -- nothing to compare: a question of its own
        case when normalised.question_key is null then normalised.request_id end as lone_request_id,
        normalised.requested_at
    from normalised
    left join first_tables on normalised.question_key = first_tables.question_key

),

final as (

    select
        -- ids
        request_id,
        first_value(request_id) over asked as question_group,

        -- text
        question_key,
        tables_used,

        -- numbers
        cast(row_number() over asked - 1 as bigint) as times_asked_before
    from questions
    window asked as (
        partition by question_key, question_tables, lone_request_id
        order by requested_at, request_id
    )

)

select * from final
