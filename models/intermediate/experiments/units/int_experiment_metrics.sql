{{ experiment_metric_rows() }}
