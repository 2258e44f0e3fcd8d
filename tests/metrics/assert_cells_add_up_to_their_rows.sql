{{ unequal_cells(ref('metric_values'), ref('int_as_of'), 1) }}
