{#- What a version would show: the items of a shown list in the order of its scores, without the
    chance that the logging version added to learn. A version scored its own lists; another one
    that scored the same impressions (predictions whose entity_id is the impression_id, as a shadow
    version makes them) is held against the lists of the one that was shown. -#}
with as_of as (

    select * from {{ ref('int_as_of') }}

),

all_impressions as (

    select
        *,
        {{ local_date('shown_at') }} as shown_date
    from {{ ref('stg_ml__impressions') }}

),

predictions as (

    select * from {{ ref('stg_ml__predictions') }}

),

impressions as (

    select
        all_impressions.*,
        count(*) over (
            partition by
                all_impressions.model_id,
                all_impressions.version_id,
                all_impressions.request_id
        ) as item_count
    from all_impressions
    inner join as_of on all_impressions.shown_date < as_of.as_of_date

),

other_scores as (

    select
        impressions.impression_id,
        predictions.version_id,
        predictions.score,
        row_number() over (
            partition by impressions.impression_id, predictions.version_id
            order by predictions.predicted_at desc, predictions.prediction_id asc
        ) as recency_rank
    from impressions
    inner join predictions
        on
            impressions.model_id = predictions.model_id
            and impressions.impression_id = predictions.entity_id
            and impressions.version_id != predictions.version_id

),

scores as (

    select
        impression_id,
        version_id,
        score
    from impressions
    union all
    select
        impression_id,
        version_id,
        score
    from other_scores
    where recency_rank = 1

),

placed as (

    select
        impressions.impression_id,
        impressions.model_id,
        scores.version_id,
        impressions.version_id as logging_version_id,
        impressions.request_id,
        impressions.item_id,
        impressions.position,
        impressions.propensity,
        impressions.is_clicked,
        impressions.shown_date,
        -- a list with an item that the version did not score has no order
        impressions.item_count = count(scores.score) over (
            partition by
                impressions.model_id,
                impressions.request_id,
                impressions.version_id,
                scores.version_id
        ) as is_ordered,
        row_number() over (
            partition by
                impressions.model_id,
                impressions.request_id,
                impressions.version_id,
                scores.version_id
            order by impressions.position asc, impressions.impression_id asc
        ) as shown_place,
        row_number() over (
            partition by
                impressions.model_id,
                impressions.request_id,
                impressions.version_id,
                scores.version_id
            order by scores.score desc, impressions.item_id asc, impressions.impression_id asc
        ) as target_place
    from impressions
    inner join scores on impressions.impression_id = scores.impression_id

),

final as (

    select
        -- ids
        placed.impression_id,
        placed.model_id,
        placed.version_id,
        placed.logging_version_id,
        placed.request_id,
        placed.item_id,
        targets.item_id as target_item_id,

        -- numbers
        placed.position,
        placed.propensity,

        -- booleans
        placed.is_clicked,
        case when placed.is_ordered then placed.shown_place = placed.target_place end
            as is_in_place,

        -- times
        placed.shown_date
    from placed
    left join placed as targets
        on
            placed.is_ordered
            and targets.is_ordered
            and placed.model_id = targets.model_id
            and placed.version_id = targets.version_id
            and placed.logging_version_id = targets.logging_version_id
            and placed.request_id = targets.request_id
            and placed.shown_place = targets.target_place
    where
        placed.is_ordered
        or placed.version_id = placed.logging_version_id

)

select * from final
