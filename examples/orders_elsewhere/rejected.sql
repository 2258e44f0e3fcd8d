select
    business_key,
    rejection_reasons,
    raw_row ->> 'gross_amount' as gross_amount,
    raw_row ->> 'status' as status
from staging.rejected_rows
order by business_key;
