{#- The words of a text, each once, sorted by their bytes.

    expression: an expression of type text
    made_of: what words are made of; all else parts them. letters, or names (letters, digits,
        _ and .)
    left_out: list of words to leave out
    separator: an expression of type text: what stands between the words
    returns: an expression of type text, null where no word is left
    example: sorted_words("'of blue, a blue sky'", 'letters', ['a', 'of']) -> blue sky -#}
{%- macro sorted_words(expression, made_of, left_out=[], separator="' '") -%}
    {%- if made_of not in ('letters', 'names') -%}
        {{ exceptions.raise_compiler_error(
            "sorted_words: words made of '" ~ made_of ~ "' are not known; use letters or names"
        ) }}
    {%- endif -%}
    {{ return(adapter.dispatch('sorted_words', 'groundwork')(
        expression, made_of, left_out, separator
    )) }}
{%- endmacro -%}

{%- macro duckdb__sorted_words(expression, made_of, left_out, separator) -%}
    {%- set characters = {'letters': '\\p{L}\\p{M}', 'names': '\\p{L}\\p{M}\\p{N}_.'}[made_of] -%}
nullif(array_to_string(list_sort(list_distinct(list_filter(
            string_split_regex({{ expression }}, '[^{{ characters }}]+'),
            lambda word: word not in (
                {{ _quoted_words([''] + left_out) }}
            )
        ))), {{ separator }}), '')
{%- endmacro -%}

{#- a backslash of a pattern stands twice in a text of Spark -#}
{%- macro spark__sorted_words(expression, made_of, left_out, separator) -%}
    {%- set characters = {
        'letters': '\\\\p{L}\\\\p{M}', 'names': '\\\\p{L}\\\\p{M}\\\\p{N}_.',
    }[made_of] -%}
nullif(array_join(sort_array(array_distinct(filter(
            split({{ expression }}, '[^{{ characters }}]+'),
            word -> word not in (
                {{ _quoted_words([''] + left_out) }}
            )
        ))), {{ separator }}), '')
{%- endmacro -%}

{#- Words as literals, some to a line. -#}
{%- macro _quoted_words(words) -%}
    {%- for line in words | batch(8) -%}
        '{{ line | join("', '") }}'
        {%- if not loop.last %},
                {% endif -%}
    {%- endfor -%}
{%- endmacro -%}
