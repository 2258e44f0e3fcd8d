with base_pipeline_runs as (

    select * from {{ ref('base_data_team__pipeline_runs') }}

),

accepted_pipeline_runs as (

    select
        -- ids
        dag_id,
        run_id,

        -- text
        state,
        upstream_dag_ids,
        domain,

        -- numbers
        try_number,
        sla_minutes,

        -- times
        scheduled_at,
        start_date,
        end_date,
        loaded_at
    from base_pipeline_runs
    where rejection_reasons is null

)

select * from accepted_pipeline_runs
