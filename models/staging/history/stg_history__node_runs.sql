with node_runs as (

    {{ history('node_runs') }}

)

select * from node_runs
