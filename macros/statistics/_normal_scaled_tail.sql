{#- The normal upper tail without its exponential, which would underflow: P(Z > z) exp(z^2 / 2).

    Times 1 + z it is smooth in k = (z - 3.75) / (z + 3.75), which maps [0, infinity) to [-1, 1).
    The coefficients belong to the polynomial of degree 27 that meets it in the 28 Chebyshev points
    cos((2 j + 1) pi / 56) (recomputed by tests/python/test_special_functions.py). Relative error:
    1e-15. Four blocks of seven terms, joined by k^7, keep the sum flat and its order fixed.

    name: name of the last CTE: the carried columns, magnitude and scaled_tail
    rows: name of a CTE with the carried columns and magnitude, a double >= 0
    carried: names of columns
    returns: CTEs, without a comma before the first or after the last
    example: magnitude 0.0 -> scaled_tail 0.5 -#}
{%- macro _normal_scaled_tail(name, rows, carried) -%}
{{ name }}_ratios as (

    select
        {{ _carried(carried) }}
        magnitude,
        (magnitude - 3.75e0) / (magnitude + 3.75e0) as k
    from {{ rows }}

),

{{ name }}_powers as (

    select
        *,
        k * k as k2,
        k * k * k as k3,
        (k * k) * (k * k) as k4,
        (k * k) * (k * k * k) as k5,
        (k * k * k) * (k * k * k) as k6,
        (k * k) * (k * k) * (k * k * k) as k7
    from {{ name }}_ratios

),

{{ name }}_blocks as (

    select
        *,
        4.7518624576840274e-1
        - 9.741150479881358e-2 * k
        + 7.859489862813856e-3 * k2
        + 3.3450599638289426e-2 * k3
        - 3.181294455795684e-2 * k4
        + 1.4486042234058272e-2 * k5
        - 2.208087505749932e-3 * k6
            as block_0,
        -1.1401081260389407e-3
        + 5.211891093332219e-4 * k
        + 9.803562750886494e-5 * k2
        - 8.735850685793485e-5 * k3
        - 1.4885583309697296e-5 * k4
        + 1.4687200776608785e-5 * k5
        + 3.838160947272558e-6 * k6
            as block_1,
        -2.355051540319299e-6
        - 1.1197584826973093e-6 * k
        + 2.7690869863920155e-7 * k2
        + 2.986835506085409e-7 * k3
        + 1.199838503100204e-8 * k4
        - 6.482985740116031e-8 * k5
        - 2.1221561072337976e-8 * k6
            as block_2,
        9.32305030994002e-9
        + 7.5935245217567e-9 * k
        - 1.3513511728124454e-10 * k2
        - 1.5481842298528052e-9 * k3
        - 2.819659352199424e-10 * k4
        + 1.5063206834402375e-10 * k5
        + 4.6914962269388386e-11 * k6
            as block_3
    from {{ name }}_powers

),

{{ name }} as (

    select
        {{ _carried(carried) }}
        magnitude,
        (block_0 + k7 * (block_1 + k7 * (block_2 + k7 * block_3))) / (1.0e0 + magnitude)
            as scaled_tail
    from {{ name }}_blocks

)
{%- endmacro -%}
