-- What is behind a number?
-- The raw ids behind one cell of metric_values, and what each adds to it:
--   dbt show --select what_is_behind_a_number --limit 20
--     --vars '{metric_name: refund_rate, grain: week, period_start: 2025-06-02}'
-- The macro metric_cell_rows does the same in any query, such as one of `dbt show --inline`.
{{ metric_cell_rows(
    var('metric_name', 'average_order_value'),
    var('grain', 'week'),
    var('period_start', '2025-06-02'),
    var('dimension_name', 'total'),
    var('dimension_value', 'total')
) }}
