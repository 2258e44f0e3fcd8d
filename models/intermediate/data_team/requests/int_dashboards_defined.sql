{{ dashboard_definition_rows() }}
