with increments as (

    {{ of_touched(ref('int_experiment_increments'), ref('int_experiments_touched')) }}

),

caps as (

    select * from {{ ref('int_experiment_caps') }}

),

-- what came before the exposure stands on its day, the first of all
unit_days as (

    select
        experiment_id,
        population,
        metric_name,
        unit_id,
        date_day,
        {{ unit_component('after', 'numerator') }} as y_added,
        {{ unit_component('after', 'denominator') }} as d_added,
        {{ unit_component('before', 'numerator') }} as x_added,
        {{ unit_component('before', 'denominator') }} as w_added
    from increments
    group by experiment_id, population, metric_name, unit_id, date_day

),

added_up as (

    select
        unit_days.*,
        caps.cap_amount,
        caps.covariate_cap_amount,
        sum(unit_days.y_added) over until_today as y,
        sum(unit_days.d_added) over until_today as d,
        sum(unit_days.x_added) over until_today as x,
        sum(unit_days.w_added) over until_today as w
    from unit_days
    left join caps
        on
            unit_days.experiment_id = caps.experiment_id
            and unit_days.metric_name = caps.metric_name
            and unit_days.population = 'exposed'
    window until_today as (
        partition by
            unit_days.experiment_id,
            unit_days.population,
            unit_days.metric_name,
            unit_days.unit_id
        order by unit_days.date_day
        rows between unbounded preceding and current row
    )

),

-- a cap acts on what has added up, not on a day's part
capped as (

    select
        experiment_id,
        population,
        metric_name,
        unit_id,
        date_day,
        case when y - y_added > cap_amount then cap_amount else y - y_added end as y_before,
        case when y > cap_amount then cap_amount else y end as y_after,
        d - d_added as d_before,
        d_added,
        case when x > covariate_cap_amount then covariate_cap_amount else x end as x,
        case when x_added > covariate_cap_amount then covariate_cap_amount else x_added end
            as x_added,
        w,
        w_added
    from added_up

),

final as (

    select
        experiment_id,
        population,
        metric_name,
        unit_id,
        date_day,
        y_before,
        y_after - y_before as y_added,
        d_before,
        d_added,
        x,
        x_added,
        w,
        w_added
    from capped

)

select * from final
