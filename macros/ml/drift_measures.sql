{#- How far the values of a chunk are from those of the reference, per key and chunk.

    name: name of the CTE that comes out
    histograms: name of a CTE as `value_histograms` gives it, of the chunks
    reference: name of a CTE as `value_histograms` gives it without chunk_keys, of the reference
    keys: names of the columns that make a feature, none of them null
    chunk_keys: names of the columns that make a chunk, none of them null
    returns: CTEs, the last one called `name`, one row per keys, chunk_keys and metric_name: value,
        reason (why it is null), value_count (of the chunk).
        metric_name: psi (population stability index) and jensen_shannon (distance, base 2, 0 to 1),
        over the tenths of the reference, the missing values and, of texts, each category of the
        reference and all others together, shares below 1e-4 taken as 1e-4 on both sides;
        ks (greatest difference of the distribution functions of numbers, at the edges of the fine
        bins); share_out_of_range (numbers outside the reference's range, categories it does not
        have), share_missing.
        reason: no_predictions, no_reference, not_numeric (ks where one side has no number)
    example: the reference's shares 0.5, 0.5 and the chunk's 0.6, 0.4 -> psi 0.0405,
        jensen_shannon 0.0852, ks 0.1
    reference: equals scipy's jensenshannon(base=2) and, to the width of the fine bins, ks_2samp -#}
{%- macro drift_measures(name, histograms, reference, keys, chunk_keys) -%}
{%- if not execute -%}{{ return(name ~ ' as (select * from ' ~ histograms ~ ')') }}{%- endif -%}
{%- set grouped = keys + chunk_keys -%}
{%- set keyed = grouped | join(',\n        ') -%}
{{ name }}__reference_bins as (

    select
        {{ keys | join(',\n        ') }},
        {{ _coarse_bin('fine_bin') }} as coarse_bin,
        coalesce(category, '') as category,
        sum(value_count) as reference_count
    from {{ reference }}
    group by
        {{ keys | join(',\n        ') }},
        coarse_bin,
        coalesce(category, '')

),

{{ name }}__tenths as (

    -- far fewer than fine bins
    select
        {{ keyed }},
        {{ _coarse_bin('fine_bin') }} as coarse_bin,
        coalesce(category, '') as category,
        sum(value_count) as value_count,
        sum(outside_count) as outside_count
    from {{ histograms }}
    group by
        {{ keyed }},
        coarse_bin,
        coalesce(category, '')

),

{{ name }}__known_bins as (

    -- -2: a category that the reference does not have
    select
        {%- for key in grouped %}
        tenths.{{ key }},
        {%- endfor %}
        case
            when tenths.coarse_bin = -1 and reference_bins.coarse_bin is null then -2
            else tenths.coarse_bin
        end as coarse_bin,
        case
            when tenths.coarse_bin = -1 and reference_bins.coarse_bin is null then ''
            else tenths.category
        end as category,
        tenths.value_count,
        case
            when tenths.coarse_bin = -1 and reference_bins.coarse_bin is null
                then tenths.value_count
            else tenths.outside_count
        end as outside_count
    from {{ name }}__tenths as tenths
    left join {{ name }}__reference_bins as reference_bins
        on
            {{ _same(keys, 'tenths', 'reference_bins') }}
            and tenths.coarse_bin = reference_bins.coarse_bin
            and tenths.category = reference_bins.category

),

{{ name }}__chunks as (

    select
        {{ keyed }},
        sum(value_count) as value_count
    from {{ name }}__tenths
    group by
        {{ keyed }}

),

{{ name }}__cells as (

    select
        {{ keyed }},
        coarse_bin,
        category,
        value_count,
        outside_count,
        0 as reference_count
    from {{ name }}__known_bins
    union all
    select
        {%- for key in grouped %}
        chunks.{{ key }},
        {%- endfor %}
        reference_bins.coarse_bin,
        reference_bins.category,
        0 as value_count,
        0 as outside_count,
        reference_bins.reference_count
    from {{ name }}__chunks as chunks
    inner join {{ name }}__reference_bins as reference_bins
        on {{ _same(keys, 'chunks', 'reference_bins') }}

),

{{ name }}__bins as (

    select
        {{ keyed }},
        coarse_bin,
        category,
        cast(sum(value_count) as double) as value_count,
        cast(sum(outside_count) as double) as outside_count,
        cast(sum(reference_count) as double) as reference_count
    from {{ name }}__cells
    group by
        {{ keyed }},
        coarse_bin,
        category

),

{{ name }}__shares as (

    select
        *,
        greatest(value_count / nullif(sum(value_count) over chunks, 0), 1.0e-4) as share,
        greatest(reference_count / nullif(sum(reference_count) over chunks, 0), 1.0e-4)
            as reference_share
    from {{ name }}__bins
    where value_count + reference_count > 0
    window chunks as (
        partition by
            {{ grouped | join(',\n            ') }}
    )

),

{{ name }}__whole_shares as (

    -- that add up to 1 again, which the Jensen-Shannon distance is of
    select
        *,
        share / sum(share) over chunks as p,
        reference_share / sum(reference_share) over chunks as q
    from {{ name }}__shares
    window chunks as (
        partition by
            {{ grouped | join(',\n            ') }}
    )

),

{{ name }}__distances as (

    select
        {{ keyed }},
        sum(value_count) as value_count,
        sum(reference_count) as reference_count,
        sum(outside_count) as outside_count,
        sum(case when coarse_bin = 0 then value_count else 0 end) as missing_count,
        sum((share - reference_share) * ln(share / reference_share)) as psi,
        sqrt(
            greatest(sum(p * ln(2 * p / (p + q)) + q * ln(2 * q / (p + q))), 0)
            / (2 * ln(2.0e0))
        ) as jensen_shannon
    from {{ name }}__whole_shares
    group by
        {{ keyed }}

),

{{ name }}__places as (

    -- fine bins that the reference or any chunk has
    select
        {{ keys | join(',\n        ') }},
        fine_bin,
        cast(value_count as double) as reference_count
    from {{ reference }}
    where fine_bin > 0
    union all
    select
        {{ keys | join(',\n        ') }},
        fine_bin,
        0.0e0 as reference_count
    from {{ histograms }}
    where fine_bin > 0

),

{{ name }}__reference_places as (

    select
        {{ keys | join(',\n        ') }},
        fine_bin,
        sum(reference_count) as reference_count
    from {{ name }}__places
    group by
        {{ keys | join(',\n        ') }},
        fine_bin

),

{{ name }}__reference_curve as (

    -- the distribution function at the end of a fine bin, and its part in the bin
    select
        *,
        reference_count / nullif(sum(reference_count) over features, 0) as reference_share,
        sum(reference_count) over up_to_bin / nullif(sum(reference_count) over features, 0)
            as reference_through
    from {{ name }}__reference_places
    window
        features as (
            partition by
                {{ keys | join(',\n                ') }}
        ),
        up_to_bin as (
            partition by
                {{ keys | join(',\n                ') }}
            order by fine_bin
            rows between unbounded preceding and current row
        )

),

{{ name }}__chunk_places as (

    select
        {{ keyed }},
        fine_bin,
        cast(sum(value_count) as double) as value_count
    from {{ histograms }}
    where fine_bin > 0
    group by
        {{ keyed }},
        fine_bin

),

{{ name }}__chunk_curves as (

    select
        *,
        value_count / sum(value_count) over chunks as value_share,
        sum(value_count) over up_to_bin / sum(value_count) over chunks as value_through
    from {{ name }}__chunk_places
    where value_count > 0
    window
        chunks as (
            partition by
                {{ grouped | join(',\n                ') }}
        ),
        up_to_bin as (
            partition by
                {{ grouped | join(',\n                ') }}
            order by fine_bin
            rows between unbounded preceding and current row
        )

),

{{ name }}__curves as (

    select
        chunk_curves.*,
        reference_curve.reference_share,
        reference_curve.reference_through
    from {{ name }}__chunk_curves as chunk_curves
    inner join {{ name }}__reference_curve as reference_curve
        on
            {{ _same(keys, 'chunk_curves', 'reference_curve') }}
            and chunk_curves.fine_bin = reference_curve.fine_bin

),

{{ name }}__gaps as (

    -- at both ends of each fine bin of the chunk; between them only the reference's function rises
    select
        {{ keyed }},
        max(
            greatest(
                abs(value_through - reference_through),
                abs(value_through - value_share - reference_through + reference_share)
            )
        ) as ks
    from {{ name }}__curves
    group by
        {{ keyed }}

),

{{ name }}__metrics (metric_name) as (

    values ('psi'), ('jensen_shannon'), ('ks'), ('share_out_of_range'), ('share_missing')

),

{{ name }}__values as (

    select
        distances.*,
        gaps.ks,
        metrics.metric_name
    from {{ name }}__distances as distances
    cross join {{ name }}__metrics as metrics
    left join {{ name }}__gaps as gaps
        on {{ _same(grouped, 'distances', 'gaps') }}

),

{{ name }} as (

    select
        {{ keyed }},
        metric_name,
        case
            when metric_name = 'share_missing' then missing_count / nullif(value_count, 0)
            when reference_count > 0 and value_count > 0
                then
                    case metric_name
                        when 'psi' then psi
                        when 'jensen_shannon' then jensen_shannon
                        when 'ks' then ks
                        when 'share_out_of_range' then outside_count / value_count
                    end
        end as value,
        case
            when value_count = 0 then 'no_predictions'
            when metric_name = 'share_missing' then null
            when reference_count = 0 then 'no_reference'
            when metric_name = 'ks' and ks is null then 'not_numeric'
        end as reason,
        cast(value_count as bigint) as value_count
    from {{ name }}__values

)
{%- endmacro -%}

{#- The tenth, 1 to 10, of a fine bin; what is below 1 stays. -#}
{%- macro _coarse_bin(fine_bin) -%}
case
            when {{ fine_bin }} > 0 then cast(ceil({{ fine_bin }} / 1.0e3) as int)
            else {{ fine_bin }}
        end
{%- endmacro -%}
