{#- A text without what does not tell questions apart: two wordings of a question come out alike.

    Lower case; digits, punctuation and stop words go; the words that are left stand once each,
    sorted. So the year that is asked for goes too: the revenue of 2025 and that of 2026 are one
    question.

    expression: an expression of type text
    returns: an expression of type text, null where no word is left
    example: normalised_text("'How much revenue did we have in 2026, by channel?'") ->
        channel revenue -#}
{%- macro normalised_text(expression) -%}
    {{ return(sorted_words('lower(' ~ expression ~ ')', 'letters', _stop_words())) }}
{%- endmacro -%}

{#- Words that say how something is asked and not what: articles, pronouns, prepositions, verbs of
    asking. -#}
{%- macro _stop_words() -%}
    {{ return([
        'a', 'an', 'the', 'this', 'that', 'these', 'those', 'there', 'it', 'its',
        'i', 'me', 'my', 'we', 'us', 'our', 'you', 'your', 'they', 'their',
        'and', 'or', 'but', 'if', 'so', 'than', 'then', 'not', 'no',
        'of', 'for', 'in', 'on', 'by', 'to', 'from', 'with', 'at', 'as', 'per', 'about', 'into',
        'is', 'are', 'was', 'were', 'be', 'been', 'do', 'does', 'did', 'have', 'has', 'had',
        'can', 'could', 'will', 'would', 'should', 'may', 'might', 'please', 'thanks',
        'what', 'which', 'who', 'when', 'where', 'why', 'how', 'much', 'many',
        'give', 'get', 'show', 'tell', 'send', 'see', 'know', 'need', 'want', 'like', 'find',
        'look',
        'again', 'also', 'just', 'now', 'some', 'any', 'all', 'each', 'every',
        's', 't', 'd', 'm', 'll', 're', 've',
    ]) }}
{%- endmacro -%}
