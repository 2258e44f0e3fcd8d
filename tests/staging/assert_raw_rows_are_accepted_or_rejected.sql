with reconciled as (

    {{ reconcile_raw_rows(
        'data_team', 'incidents', ref('stg_data_team__incidents'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'experiments', 'experiment_metrics', ref('stg_experiments__experiment_metrics'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'experiments', 'experiments', ref('stg_experiments__experiments'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'experiments', 'exposures', ref('stg_experiments__exposures'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'experiments', 'rollout_stages', ref('stg_experiments__rollout_stages'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'experiments', 'variants', ref('stg_experiments__variants'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'product', 'courses', ref('stg_product__courses'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'product', 'events', ref('stg_product__events'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'product', 'order_lines', ref('stg_product__order_lines'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'product', 'orders', ref('stg_product__orders'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'product', 'sessions', ref('stg_product__sessions'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'product', 'survey_responses', ref('stg_product__survey_responses'), ref('rejected_rows')
    ) }}
    union all
    {{ reconcile_raw_rows(
        'product', 'users', ref('stg_product__users'), ref('rejected_rows')
    ) }}

)

select
    source_name,
    table_name,
    raw_count,
    accepted_count,
    rejected_count,
    concat(
        source_name, '.', table_name, ': ', cast(raw_count as string), ' raw rows are not ',
        cast(accepted_count as string), ' accepted and ', cast(rejected_count as string),
        ' rejected; look at its base model'
    ) as message
from reconciled
where raw_count != accepted_count + rejected_count
