{{ allocated_costs(ref('int_metric_cost_targets')) }}
