with users as (

    select * from {{ ref('dim_users') }}

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

survey_responses as (

    select * from {{ ref('fct_survey_responses') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

first_dates as (

    select min(signed_up_date) as first_date from users
    union all
    select min(started_date) as first_date from sessions
    union all
    select min(ordered_date) as first_date from orders
    union all
    select min(occurred_date) as first_date from events
    union all
    select min(responded_date) as first_date from survey_responses

),

covered as (

    select
        min(first_dates.first_date) as first_date,
        {{ add_days('max(as_of.as_of_date)', -1) }} as last_date
    from first_dates
    cross join as_of

),

days as (

    select
        {{ days_between('first_date', 'last_date') }}
            as date_day
    from covered
    where first_date <= last_date

),

final as (

    select
        date_day,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as date_week,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as date_month
    from days

)

select * from final
