{#- 28 days as for the reference of drift; an item's mean leans on its position's as if 10 more
    impressions had been like it, as most items are shown a few times only. -#}
with as_of as (

    select * from {{ ref('int_as_of') }}

),

impressions as (

    select
        *,
        {{ local_date('shown_at') }} as shown_date
    from {{ ref('stg_ml__impressions') }}

),

logs as (

    select
        impressions.model_id,
        impressions.version_id,
        {{ add_days('min(impressions.shown_date)', 28) }} as evaluated_from
    from impressions
    inner join as_of on impressions.shown_date < as_of.as_of_date
    group by
        impressions.model_id,
        impressions.version_id

),

earlier as (

    select
        impressions.model_id,
        impressions.version_id,
        impressions.item_id,
        impressions.position,
        logs.evaluated_from,
        count(*) as impression_count,
        sum(case when impressions.is_clicked then 1 else 0 end) as click_count
    from impressions
    inner join as_of on impressions.shown_date < as_of.as_of_date
    inner join logs
        on
            impressions.model_id = logs.model_id
            and impressions.version_id = logs.version_id
            and impressions.shown_date < logs.evaluated_from
    group by
        impressions.model_id,
        impressions.version_id,
        impressions.item_id,
        impressions.position,
        logs.evaluated_from

),

positions as (

    select
        model_id,
        version_id,
        '(other)' as item_id,
        position,
        evaluated_from,
        sum(impression_count) as impression_count,
        sum(click_count) as click_count
    from earlier
    group by
        model_id,
        version_id,
        position,
        evaluated_from

),

means as (

    select
        earlier.*,
        (
            earlier.click_count
            + 10.0e0 * positions.click_count / cast(positions.impression_count as double)
        ) / (earlier.impression_count + 10.0e0) as reward_mean
    from earlier
    inner join positions
        on
            earlier.model_id = positions.model_id
            and earlier.version_id = positions.version_id
            and earlier.position = positions.position
    union all
    select
        *,
        click_count / cast(impression_count as double) as reward_mean
    from positions

),

final as (

    select
        -- ids
        model_id,
        version_id,
        item_id,

        -- numbers
        position,
        cast(impression_count as bigint) as impression_count,
        cast(click_count as bigint) as click_count,
        reward_mean,

        -- times
        evaluated_from
    from means

)

select * from final
