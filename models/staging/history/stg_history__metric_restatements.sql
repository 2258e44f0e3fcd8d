with metric_restatements as (

    {{ history('metric_restatements') }}

)

select * from metric_restatements
