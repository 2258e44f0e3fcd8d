{{ metric_definition_rows() }}
