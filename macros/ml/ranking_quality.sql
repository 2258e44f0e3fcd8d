{#- How good ranked lists were, per key.

    name: name of the CTE that comes out
    rows: name of a CTE, one row per list and item: the keys, the list, the item, its rank and
        relevance
    keys: names of the columns to group by, none of them null
    list_keys: names of the columns that make a list within the keys
    item: name of the column with the item
    place: expression of the rank in the list, 1 for the first; null for a relevant item that was not
        in the list
    relevance: expression, 0 for what was not wanted and more for what was (a click is 1); null is 0
    k: how many places count
    popularity: expression of the share of users that had the item before, for novelty; a null or 0
        leaves the item out
    catalogue_count: expression, the same in all rows of a key: how many items there are, for coverage
    returns: CTEs, the last one called `name`, one row per keys and metric_name: value, reason (why
        it is null), list_count, relevant_list_count (lists with a relevant item), impression_count
        (rows in a list).
        metric_name (with k 10): precision_at_10 (of k places, over all lists); over lists with a
        relevant item hit_rate_at_10, recall_at_10, ndcg_at_10 (gain is the relevance, discount
        1 / log2(rank + 1)), mean_average_precision, mean_reciprocal_rank; coverage (share of the
        catalogue in the first k places of any list), novelty (mean of -log2(popularity) there).
        reason: no_predictions, one_class_only (no relevant item), no_reference (no popularity, no
        catalogue)
    example: a list with relevant items at rank 1 and 3 -> precision_at_10 0.2, recall_at_10 1,
        ndcg_at_10 0.920, mean_average_precision 0.833, mean_reciprocal_rank 1
    reference: equals scikit-learn's ndcg_score and, list by list, average_precision_score; Järvelin,
        Kekäläinen (2002); lists without a relevant item are left out as in trec_eval -#}
{%- macro ranking_quality(
    name,
    rows,
    keys,
    list_keys=['request_id'],
    item='item_id',
    place='position',
    relevance='relevance',
    k=10,
    popularity='null',
    catalogue_count='null'
) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ rows ~ ')') }}{%- endif -%}
{%- set keyed = keys | join(',\n        ') -%}
{%- set listed = (keys + list_keys) | join(',\n        ') -%}
{%- set metrics = {
    'precision_at_' ~ k: ('hits / ' ~ k ~ ' / list_count', 'no_predictions'),
    'hit_rate_at_' ~ k: ('hit_lists / relevant_list_count', 'one_class_only'),
    'recall_at_' ~ k: ('recalls / relevant_list_count', 'one_class_only'),
    'ndcg_at_' ~ k: ('normalised_gains / relevant_list_count', 'one_class_only'),
    'mean_average_precision': ('average_precisions / relevant_list_count', 'one_class_only'),
    'mean_reciprocal_rank': ('reciprocal_ranks / relevant_list_count', 'one_class_only'),
    'coverage': ('shown_item_count / catalogue_count', 'no_reference'),
    'novelty': ('surprise / surprise_count', 'no_reference'),
} -%}
{{ name }}__items as (

    select
        {{ listed }},
        {{ item }} as item_id,
        {{ place }} as place,
        coalesce({{ _finite(relevance) }}, 0) as relevance,
        cast({{ popularity }} as double) as popularity,
        cast({{ catalogue_count }} as double) as catalogue_count
    from {{ rows }}

),

{{ name }}__hits as (

    -- only relevant items, which are few: their order by rank, and the best order there could be
    select
        {{ listed }},
        place,
        relevance,
        row_number() over (
            partition by
                {{ (keys + list_keys) | join(',\n                ') }}
            order by case when place is null then 1 else 0 end, place, item_id
        ) as hit_number,
        row_number() over (
            partition by
                {{ (keys + list_keys) | join(',\n                ') }}
            order by relevance desc, item_id
        ) as best_place
    from {{ name }}__items
    where relevance > 0

),

{{ name }}__relevant_lists as (

    select
        {{ listed }},
        cast(count(*) as double) as relevant_count,
        cast(count(case when place <= {{ k }} then 1 end) as double) as hits,
        sum(case when place <= {{ k }} then relevance * {{ _discount('place') }} else 0 end) as gain,
        sum(case when best_place <= {{ k }} then relevance * {{ _discount('best_place') }} end)
            as best_gain,
        sum(case when place is not null then hit_number / cast(place as double) else 0 end)
            as precisions,
        coalesce(1 / cast(min(place) as double), 0) as reciprocal_rank
    from {{ name }}__hits
    group by
        {{ listed }}

),

{{ name }}__relevance_sums as (

    select
        {{ keyed }},
        cast(count(*) as double) as relevant_list_count,
        sum(hits) as hits,
        cast(count(case when hits > 0 then 1 end) as double) as hit_lists,
        sum(hits / relevant_count) as recalls,
        sum(gain / best_gain) as normalised_gains,
        sum(precisions / relevant_count) as average_precisions,
        sum(reciprocal_rank) as reciprocal_ranks
    from {{ name }}__relevant_lists
    group by
        {{ keyed }}

),

{{ name }}__lists as (

    select
        {{ listed }},
        count(place) as impression_count,
        max(catalogue_count) as catalogue_count,
        sum(
            case when place <= {{ k }} and popularity > 0 then -1 * ln(popularity) / ln(2.0e0) end
        ) as surprise,
        count(case when place <= {{ k }} and popularity > 0 then 1 end) as surprise_count
    from {{ name }}__items
    group by
        {{ listed }}

),

{{ name }}__list_sums as (

    select
        {{ keyed }},
        cast(count(case when impression_count > 0 then 1 end) as double) as list_count,
        sum(impression_count) as impression_count,
        nullif(max(catalogue_count), 0) as catalogue_count,
        sum(surprise) as surprise,
        nullif(cast(sum(surprise_count) as double), 0) as surprise_count
    from {{ name }}__lists
    group by
        {{ keyed }}

),

{{ name }}__shown_items as (

    select
        {{ keyed }},
        cast(count(distinct item_id) as double) as shown_item_count
    from {{ name }}__items
    where place <= {{ k }}
    group by
        {{ keyed }}

),

{{ name }}__metrics (metric_name) as (

    values
    {%- for metric in metrics %}
    ('{{ metric }}'){{ ',' if not loop.last }}
    {%- endfor %}

),

{{ name }}__sums as (

    select
        list_sums.*,
        coalesce(relevance_sums.relevant_list_count, 0) as relevant_list_count,
        coalesce(relevance_sums.hits, 0) as hits,
        relevance_sums.hit_lists,
        relevance_sums.recalls,
        relevance_sums.normalised_gains,
        relevance_sums.average_precisions,
        relevance_sums.reciprocal_ranks,
        shown_items.shown_item_count
    from {{ name }}__list_sums as list_sums
    left join {{ name }}__relevance_sums as relevance_sums
        on {{ _same(keys, 'list_sums', 'relevance_sums') }}
    left join {{ name }}__shown_items as shown_items
        on {{ _same(keys, 'list_sums', 'shown_items') }}

),

{{ name }}__values as (

    select
        sums.*,
        metrics.metric_name,
        case
            when sums.list_count > 0
                then
                    case metrics.metric_name
                        {%- for metric, (value, reason) in metrics.items() %}
                        when '{{ metric }}'
                            then {{ value }}
                        {%- endfor %}
                    end
        end as value
    from {{ name }}__sums as sums
    cross join {{ name }}__metrics as metrics

),

{{ name }} as (

    select
        {{ keyed }},
        metric_name,
        value,
        case
            when value is not null then null
            when list_count = 0 then 'no_predictions'
            {%- for metric, (value, reason) in metrics.items() %}
            when metric_name = '{{ metric }}' then '{{ reason }}'
            {%- endfor %}
        end as reason,
        cast(list_count as bigint) as list_count,
        cast(relevant_list_count as bigint) as relevant_list_count,
        cast(impression_count as bigint) as impression_count
    from {{ name }}__values

)
{%- endmacro -%}

{#- What relevance at a rank counts for: 1 / log2(rank + 1). -#}
{%- macro _discount(place) -%}
(ln(2.0e0) / ln({{ place }} + 1.0e0))
{%- endmacro -%}
