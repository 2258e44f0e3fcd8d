{%- set batches = changed_batches('product', 'courses') -%}
with raw_courses as (

    {{ raw('product', 'courses', batches) }}

),

typed_courses as (

    select
        *,
        {{ read_as('list_price', 'decimal') }} as typed_list_price,
        {{ read_as('published_at', 'timestamp') }} as typed_published_at,
        {{ read_as('loaded_at', 'timestamp') }} as typed_loaded_at
    from raw_courses

),

checked_courses as (

    select
        -- ids
        course_id,

        -- text
        title,
        lower(category) as category,
        lower(level) as level,

        -- numbers
        typed_list_price as list_price,

        -- times
        typed_published_at as published_at,
        typed_loaded_at as loaded_at,

        -- what is kept is decided by these
        course_id as business_key,
        raw_row_hash,
        raw_print,
        load_batch,
        nullif(concat_ws(
            ', ',
            {{ missing('course_id') }},
            {{ unreadable('list_price') }},
            case when typed_list_price < 0 then 'list_price_out_of_range' end,
            {{ unreadable('published_at') }},
            {{ missing('loaded_at') }},
            {{ unreadable('loaded_at') }}
        ), '') as own_reasons
    from typed_courses

)

{{ latest_per_key('checked_courses', batches) }}
