with test_results as (

    {{ history('test_results') }}

)

select * from test_results
