with analyses as (

    {{ of_touched(ref('int_experiment_analyses'), ref('int_experiments_touched')) }}

),

experiments as (

    select * from {{ ref('int_experiments_scheduled') }}

),

units as (

    {{ of_touched(ref('int_experiment_units'), ref('int_experiments_touched')) }}

),

increments as (

    {{ of_touched(ref('int_experiment_increments'), ref('int_experiments_touched')) }}

),

capped_analyses as (

    select
        analyses.experiment_id,
        analyses.metric_name,
        analyses.window_days,
        analyses.cap,
        analyses.cap_quantile,
        analyses.value_scale,
        -- a cap is one number for all days, and stays once it has decided
        least(experiments.complete_day, analyses.planned_decision_day) as cap_day,
        experiments.planned_end_date
    from analyses
    inner join experiments on analyses.experiment_id = experiments.experiment_id
    where analyses.cap is not null or analyses.cap_quantile is not null

),

matured_units as (

    select
        capped_analyses.experiment_id,
        capped_analyses.metric_name,
        units.unit_id
    from capped_analyses
    inner join units on capped_analyses.experiment_id = units.experiment_id
    where
        units.is_planned
        and coalesce(
            {{ add_days('units.exposed_date', 'capped_analyses.window_days') }},
            capped_analyses.planned_end_date
        ) <= capped_analyses.cap_day
        and (units.left_date is null or units.left_date > capped_analyses.cap_day)

),

unit_counts as (

    select
        experiment_id,
        metric_name,
        count(*) as unit_count
    from matured_units
    group by experiment_id, metric_name

),

unit_totals as (

    select
        increments.experiment_id,
        increments.metric_name,
        increments.period,
        increments.unit_id,
        sum(increments.amount) as amount
    from increments
    inner join matured_units
        on
            increments.experiment_id = matured_units.experiment_id
            and increments.metric_name = matured_units.metric_name
            and increments.unit_id = matured_units.unit_id
    where increments.component = 'numerator' and increments.population = 'exposed'
    group by
        increments.experiment_id, increments.metric_name, increments.period, increments.unit_id

),

ranked_totals as (

    select
        experiment_id,
        metric_name,
        period,
        amount,
        row_number() over (
            partition by experiment_id, metric_name, period order by amount desc
        ) as place
    from unit_totals
    where amount > 0

),

places as (

    -- of all units, zeros included, counted from the largest: the two around the quantile
    select
        capped_analyses.experiment_id,
        capped_analyses.metric_name,
        capped_analyses.cap,
        capped_analyses.value_scale,
        unit_counts.unit_count - cast(
            floor((unit_counts.unit_count - 1) * capped_analyses.cap_quantile) as bigint
        ) as lower_place,
        (unit_counts.unit_count - 1) * capped_analyses.cap_quantile
        - floor((unit_counts.unit_count - 1) * capped_analyses.cap_quantile) as share_above
    from capped_analyses
    left join unit_counts
        on
            capped_analyses.experiment_id = unit_counts.experiment_id
            and capped_analyses.metric_name = unit_counts.metric_name

),

quantiles as (

    select
        places.experiment_id,
        places.metric_name,
        places.cap,
        places.value_scale,
        places.lower_place,
        places.share_above,
        {{ cap_place('lower', 'before') }},
        {{ cap_place('upper', 'before') }},
        {{ cap_place('lower', 'after') }},
        {{ cap_place('upper', 'after') }}
    from places
    left join ranked_totals
        on
            places.experiment_id = ranked_totals.experiment_id
            and places.metric_name = ranked_totals.metric_name
            and ranked_totals.place in (places.lower_place, places.lower_place - 1)
    group by
        places.experiment_id,
        places.metric_name,
        places.cap,
        places.value_scale,
        places.lower_place,
        places.share_above

),

amounts as (

    select
        experiment_id,
        metric_name,
        round(
            coalesce(cap / value_scale, lower_after + share_above * (upper_after - lower_after))
        ) as cap_amount,
        round(
            coalesce(cap / value_scale, lower_before + share_above * (upper_before - lower_before))
        ) as covariate_cap_amount
    from quantiles

),

final as (

    select
        experiment_id,
        metric_name,
        {{ whole_number('cap_amount') }} as cap_amount,
        {{ whole_number('covariate_cap_amount') }} as covariate_cap_amount
    from amounts

)

select * from final
