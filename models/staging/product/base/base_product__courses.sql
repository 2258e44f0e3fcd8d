with raw_courses as (

    {{ raw('product', 'courses') }}

),

typed_courses as (

    select
        -- ids
        course_id,

        -- text
        title,
        lower(category) as category,
        lower(level) as level,

        -- numbers
        {{ read_as('list_price', 'decimal') }} as list_price,

        -- times
        {{ read_as('published_at', 'timestamp') }} as published_at,
        {{ read_as('loaded_at', 'timestamp') }} as loaded_at,

        -- what is kept is decided by these
        course_id as business_key,
        raw_row_hash,
        nullif(concat_ws(
            ', ',
            {{ missing('course_id') }},
            {{ unreadable('list_price', 'decimal') }},
            case
                when {{ read_as('list_price', 'decimal') }} < 0 then 'list_price_out_of_range'
            end,
            {{ unreadable('published_at', 'timestamp') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at', 'timestamp') }}
        ), '') as own_reasons
    from raw_courses

)

{{ latest_per_key('typed_courses') }}
