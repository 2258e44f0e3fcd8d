with models as (

    select * from {{ ref('stg_ml__models') }}

),

versions as (

    select * from {{ ref('stg_ml__model_versions') }}

),

validations as (

    select * from {{ ref('stg_ml__validations') }}

),

-- each validation by the metric that the model was registered with
metric_validations as (

    select
        validations.model_id,
        validations.version_id,
        validations.validation_id,
        validations.dataset,
        validations.metric_value,
        validations.is_passed,
        validations.validated_by,
        validations.validated_at,
        models.validation_metric,
        {{ is_lower_better('models.validation_metric') }} as is_lower_better
    from validations
    inner join models
        on
            validations.model_id = models.model_id
            and validations.metric_name = models.validation_metric

),

-- the larger, the better
measured as (

    select
        *,
        case when is_lower_better then -metric_value else metric_value end as goodness
    from metric_validations

),

baseline_validations as (

    select measured.*
    from measured
    inner join versions
        on
            measured.model_id = versions.model_id
            and measured.version_id = versions.version_id
            and versions.role = 'heuristic_baseline'

),

-- a model may have several baselines: the best one is the one to beat
baselines as (

    select
        model_id,
        max(goodness) as goodness
    from baseline_validations
    group by model_id

),

baselines_of_data as (

    select
        model_id,
        dataset,
        max(goodness) as goodness
    from baseline_validations
    group by model_id, dataset

),

compared as (

    select
        measured.*,
        coalesce(baselines_of_data.goodness, baselines.goodness) as baseline_goodness,
        baselines_of_data.goodness is not null as is_same_data
    from measured
    left join baselines on measured.model_id = baselines.model_id
    left join baselines_of_data
        on
            measured.model_id = baselines_of_data.model_id
            and measured.dataset = baselines_of_data.dataset

),

final as (

    select
        -- ids
        validation_id,
        model_id,
        version_id,

        -- text
        validation_metric,
        dataset,
        validated_by,

        -- numbers
        metric_value,
        case when is_lower_better then -baseline_goodness else baseline_goodness end
            as baseline_value,
        goodness - baseline_goodness as gain_over_baseline,

        -- booleans
        is_passed,
        is_lower_better,
        is_same_data,

        -- times
        validated_at,
        row_number() over (
            partition by model_id, version_id
            order by validated_at desc, validation_id desc
        ) as validations_back
    from compared

)

select * from final
