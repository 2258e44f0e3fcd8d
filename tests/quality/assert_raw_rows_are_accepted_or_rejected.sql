select
    source_name,
    table_name,
    batch,
    concat(
        source_name, '.', table_name, ', loaded on ', batch, ': ', cast(raw_count as string),
        ' raw rows are not ', cast(accepted_count as string), ' accepted and ',
        cast(rejected_count as string), ' rejected; look at its base model'
    ) as message
from {{ ref('source_reconciliation') }}
where not is_reconciled
