with test_failures as (

    {{ history('test_failures') }}

)

select * from test_failures
