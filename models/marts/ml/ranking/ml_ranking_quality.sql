{#- Below 30 users a mean over users moves by several hundredths with each of them. -#}
{%- set minimum_users = 30 -%}
with as_of as (

    select * from {{ ref('int_as_of') }}

),

lists as (

    select * from {{ ref('int_ml_lists_judged') }}

),

methods as (

    select 'popularity' as method
    union all
    select 'item_item' as method

),

cutoffs as (

    select 5 as k
    union all
    select 10 as k

),

-- beyond the fifth place nothing counts for k = 5, not even for what looks at whole lists
short_lists as (

    select
        *,
        case when course_rank <= 5 then course_rank end as short_rank
    from lists

),

{{ ranking_quality(
    'first_five', 'short_lists', ['method'], ['user_id'], item='course_id', place='short_rank', k=5,
    popularity='item_popularity', catalogue_count='catalogue_count'
) }},

{{ ranking_quality(
    'first_ten', 'lists', ['method'], ['user_id'], item='course_id', place='course_rank', k=10,
    popularity='item_popularity', catalogue_count='catalogue_count'
) }},

measured as (

    select
        5 as k,
        *
    from first_five
    union all
    select
        10 as k,
        *
    from first_ten

),

pivoted as (

    select
        method,
        k,
        max(relevant_list_count) as user_count,
        max(case when metric_name like 'precision_at_%' then value end) as list_precision,
        max(case when metric_name like 'recall_at_%' then value end) as list_recall,
        max(case when metric_name like 'ndcg_at_%' then value end) as ndcg,
        max(case when metric_name = 'mean_average_precision' then value end)
            as mean_average_precision,
        max(case when metric_name = 'mean_reciprocal_rank' then value end)
            as mean_reciprocal_rank,
        max(case when metric_name = 'coverage' then value end) as coverage,
        max(case when metric_name = 'novelty' then value end) as novelty
    from measured
    group by
        method,
        k

),

counted as (

    select
        methods.method,
        cutoffs.k,
        pivoted.list_precision,
        pivoted.list_recall,
        pivoted.ndcg,
        pivoted.mean_average_precision,
        pivoted.mean_reciprocal_rank,
        pivoted.coverage,
        pivoted.novelty,
        as_of.as_of_date,
        coalesce(pivoted.user_count, 0) as user_count,
        coalesce(pivoted.user_count, 0) >= {{ minimum_users }} as is_measured
    from methods
    cross join cutoffs
    cross join as_of
    left join pivoted
        on
            methods.method = pivoted.method
            and cutoffs.k = pivoted.k

),

final as (

    select
        -- text
        method,
        case when not is_measured then 'too_few' end as reason,

        -- numbers
        cast(k as bigint) as k,
        case when is_measured then list_precision end as precision,
        case when is_measured then list_recall end as recall,
        case when is_measured then ndcg end as ndcg,
        case when is_measured then mean_average_precision end as map,
        case when is_measured then mean_reciprocal_rank end as mrr,
        case when is_measured then coverage end as coverage,
        case when is_measured then novelty end as novelty,
        cast(user_count as bigint) as user_count,

        -- times
        {{ add_days('as_of_date', '-' ~ var('held_out_days')) }} as split_date,
        as_of_date
    from counted

)

select * from final
