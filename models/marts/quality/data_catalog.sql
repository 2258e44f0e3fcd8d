with cataloged as (

    select * from {{ ref('int_tables_cataloged') }}

),

definitions as (

    select * from {{ ref('int_metric_definitions') }}

),

raw_tables_loaded as (

    select * from {{ ref('int_raw_tables_loaded') }}

),

tests_last_run as (

    select * from {{ ref('int_tests_last_run') }}

),

-- a table matters as much as the most important metric that rests on it
tiers as (

    select
        cataloged.data_name,
        min(definitions.tier) as tier
    from cataloged
    inner join definitions
        on
            concat(', ', cataloged.downstream_metrics, ',')
            like concat('%, ', definitions.metric_name, ',%')
    group by cataloged.data_name

),

-- a table is as fresh as the raw table of events that was loaded longest ago
freshness as (

    select
        cataloged.data_name,
        max(raw_tables_loaded.days_behind) as days_behind
    from cataloged
    inner join raw_tables_loaded
        on
            concat(', ', coalesce(cataloged.raw_tables, cataloged.data_name), ',')
            like concat('%, ', raw_tables_loaded.raw_table, ',%')
    group by cataloged.data_name

),

column_texts as (

    select
        data_name,
        {{ split_rows('columns_text', "'~;~'") }}
            as column_text
    from cataloged

),

listed_columns as (

    select
        data_name,
        split_part(column_text, '~:~', 1) as column_name,
        nullif(split_part(column_text, '~:~', 2), '') as data_type,
        split_part(column_text, '~:~', 3) = 'personal' as is_personal,
        nullif(split_part(column_text, '~:~', 4), '') as description
    from column_texts

),

personal_tables as (

    select
        data_name,
        max(case when is_personal then 1 else 0 end) = 1 as is_personal
    from listed_columns
    group by data_name

),

-- the table itself, and its columns
entries as (

    select
        cataloged.data_name,
        '(table)' as column_name,
        cast(null as string) as data_type,
        coalesce(personal_tables.is_personal, false) as is_personal,
        cataloged.description
    from cataloged
    left join personal_tables on cataloged.data_name = personal_tables.data_name
    union all
    select
        data_name,
        column_name,
        data_type,
        is_personal,
        description
    from listed_columns

),

-- a table has the tests of its columns as well
entry_tests as (

    select
        schema_name,
        table_name,
        '(table)' as column_name,
        sum(test_count) as test_count,
        sum(failed_count) as failed_count,
        min(worst_place) as worst_place,
        max(tested_at) as tested_at
    from tests_last_run
    group by schema_name, table_name
    union all
    select
        schema_name,
        table_name,
        column_name,
        test_count,
        failed_count,
        worst_place,
        tested_at
    from tests_last_run
    where column_name != '(table)'

),

final as (

    select
        -- what it is, and where
        cataloged.layer,
        cataloged.schema_name,
        cataloged.table_name,
        entries.column_name,
        cataloged.data_name,
        entries.description,
        entries.data_type,

        -- who answers for it, and how much it matters
        cataloged.owner,
        coalesce(cataloged.tier, tiers.tier) as tier,
        cataloged.is_published,
        cataloged.is_absent,
        entries.is_personal,
        freshness.days_behind,

        -- where it comes from, and where it goes
        cataloged.upstream,
        cataloged.raw_tables,
        cataloged.downstream_metrics,
        cataloged.downstream_exposures,

        -- what the tests said in the last complete run before this one
        cast(coalesce(entry_tests.test_count, 0) as bigint) as last_test_count,
        cast(coalesce(entry_tests.failed_count, 0) as bigint) as last_failed_count,
        case entry_tests.worst_place
            when 1 then 'fail'
            when 2 then 'warn'
            when 3 then 'skipped'
            when 4 then 'pass'
        end as last_test_status,
        entry_tests.tested_at as last_tested_at
    from entries
    inner join cataloged on entries.data_name = cataloged.data_name
    left join tiers on entries.data_name = tiers.data_name
    left join freshness on entries.data_name = freshness.data_name
    left join entry_tests
        on
            cataloged.schema_name = entry_tests.schema_name
            and cataloged.data_name = entry_tests.table_name
            and entries.column_name = entry_tests.column_name

)

select * from final
