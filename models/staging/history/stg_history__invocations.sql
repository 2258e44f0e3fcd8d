with invocations as (

    {{ history('invocations') }}

)

select * from invocations
