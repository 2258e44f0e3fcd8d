with table_scores as (

    {{ history('table_scores') }}

)

select * from table_scores
