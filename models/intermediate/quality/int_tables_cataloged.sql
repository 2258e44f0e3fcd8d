{{ cataloged_tables() }}
