with checks as (

    select * from {{ ref('int_ml_launch_checks') }}

),

final as (

    select
        -- ids
        launch_id,
        model_id,
        version_id,

        -- text
        check_name,
        status,
        explanation,

        -- times
        launched_at
    from checks

)

select * from final
