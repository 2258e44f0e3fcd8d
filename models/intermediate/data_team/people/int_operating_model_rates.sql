with member_days as (

    select * from {{ ref('int_team_member_days') }}
    where is_main and is_known_member

),

memberships as (

    select * from {{ ref('int_team_memberships') }}

),

handovers as (

    select * from {{ ref('stg_ml__handovers') }}

),

operating_models (operating_model) as (

    values ('centralised'), ('distributed'), ('hybrid'), ('(none)')

),

exposures as (

    select
        operating_model,
        count(*) / 365.25e0 as member_years
    from member_days
    group by operating_model

),

-- who leaves does so from where the last day was spent
leavers as (

    select
        member_days.operating_model,
        count(*) as event_count
    from memberships
    inner join member_days
        on
            memberships.member_id = member_days.member_id
            and memberships.left_on = member_days.date_day
    where memberships.has_left
    group by member_days.operating_model

),

-- a team that hands a model over is known by its name alone: the department that members serve
handed_over as (

    select
        handovers.handover_id,
        handovers.from_team,
        {{ local_date('handovers.completed_at') }} as completed_date
    from handovers
    where handovers.status = 'completed' and handovers.from_team != handovers.to_team

),

served as (

    select
        department,
        date_day,
        operating_model,
        row_number() over (
            partition by department, date_day
            order by count(*) desc, operating_model asc
        ) as place
    from member_days
    group by department, date_day, operating_model

),

handovers_attributed as (

    select
        handed_over.handover_id,
        coalesce(served.operating_model, '(none)') as operating_model
    from handed_over
    left join served
        on
            handed_over.from_team = served.department
            and handed_over.completed_date = served.date_day
            and served.place = 1

),

handovers_by_model as (

    select
        operating_model,
        count(*) as event_count
    from handovers_attributed
    group by operating_model

),

handovers_known as (

    select
        count(*) as handover_count,
        count(case when operating_model != '(none)' then 1 end) as attributed_count
    from handovers_attributed

),

rates as (

    select
        operating_models.operating_model,
        'attrition_per_year' as measure,
        coalesce(leavers.event_count, 0) as event_count,
        coalesce(exposures.member_years, 0.0e0) as member_years,
        case when exposures.member_years is null then 'no_member_days' end as reason
    from operating_models
    left join exposures on operating_models.operating_model = exposures.operating_model
    left join leavers on operating_models.operating_model = leavers.operating_model
    union all
    select
        operating_models.operating_model,
        'knowledge_shared' as measure,
        coalesce(handovers_by_model.event_count, 0) as event_count,
        coalesce(exposures.member_years, 0.0e0) as member_years,
        case
            when handovers_known.handover_count = 0 then 'no_handovers'
            when handovers_known.attributed_count = 0 then 'not_attributable'
            when operating_models.operating_model = '(none)' then 'not_attributable'
            when exposures.member_years is null then 'no_member_days'
        end as reason
    from operating_models
    cross join handovers_known
    left join exposures on operating_models.operating_model = exposures.operating_model
    left join handovers_by_model
        on operating_models.operating_model = handovers_by_model.operating_model

),

final as (

    select
        -- ids
        operating_model,
        measure,

        -- text
        reason,

        -- numbers
        event_count,
        member_years
    from rates

)

select * from final
