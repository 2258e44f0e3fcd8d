{{ allocated_costs(ref('int_cost_targets')) }}
