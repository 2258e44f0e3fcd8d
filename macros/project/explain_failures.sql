{#- Says what each failed test found: prints the column `message` of the rows that it returned.

    A test that wants to be understood returns a column `message` that names the thing, the reason
    and the remedy. Used in `on-run-end`.

    results: the results of the run
    returns: nothing; prints up to 20 lines per failed test -#}
{%- macro explain_failures(results) -%}
    {%- if execute -%}
        {%- for result in results
            if result.node.resource_type == 'test'
            and result.status in ('fail', 'warn')
            and result.node.compiled_code
            and 'message' in result.node.compiled_code -%}
            {%- set failing_rows = run_query(
                'select * from (' ~ result.node.compiled_code ~ ') as failing_rows limit 20'
            ) -%}
            {%- if 'message' in failing_rows.column_names -%}
                {%- for message in failing_rows.columns['message'].values() -%}
                    {%- do log(result.node.name ~ ': ' ~ message, info=true) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
