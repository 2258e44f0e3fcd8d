{#- The normal upper tail without its exponential, which would underflow: P(Z > z) exp(z^2 / 2).

    Times 1 + z it is smooth in k = (z - 3.75) / (z + 3.75), which maps [0, infinity) to [-1, 1).
    The coefficients belong to the polynomial of degree 27 that meets it in the 28 Chebyshev points
    cos((2 j + 1) pi / 56) (recomputed by tests/python/test_special_functions.py). Relative error:
    1e-15. Four blocks of seven terms, joined by k^7, keep the sum flat and its order fixed.

    name: name of the last CTE: `rows` and normal_scaled_tail
    rows: name of a CTE with normal_magnitude, a double >= 0
    returns: CTEs, without a comma before the first or after the last
    example: normal_magnitude 0.0 -> normal_scaled_tail 0.5 -#}
{%- macro _normal_scaled_tail(name, rows) -%}
{{ name }}_ratios as (

    select
        *,
        (normal_magnitude - 3.75e0) / (normal_magnitude + 3.75e0) as normal_k
    from {{ rows }}

),

{{ name }}_powers as (

    select
        *,
        normal_k * normal_k as normal_k2,
        normal_k * normal_k * normal_k as normal_k3,
        (normal_k * normal_k) * (normal_k * normal_k) as normal_k4,
        (normal_k * normal_k) * (normal_k * normal_k * normal_k) as normal_k5,
        (normal_k * normal_k * normal_k) * (normal_k * normal_k * normal_k) as normal_k6,
        (normal_k * normal_k) * (normal_k * normal_k) * (normal_k * normal_k * normal_k)
            as normal_k7
    from {{ name }}_ratios

),

{{ name }}_blocks as (

    select
        *,
        4.7518624576840274e-1
        - 9.741150479881358e-2 * normal_k
        + 7.859489862813856e-3 * normal_k2
        + 3.3450599638289426e-2 * normal_k3
        - 3.181294455795684e-2 * normal_k4
        + 1.4486042234058272e-2 * normal_k5
        - 2.208087505749932e-3 * normal_k6
            as normal_block_0,
        -1.1401081260389407e-3
        + 5.211891093332219e-4 * normal_k
        + 9.803562750886494e-5 * normal_k2
        - 8.735850685793485e-5 * normal_k3
        - 1.4885583309697296e-5 * normal_k4
        + 1.4687200776608785e-5 * normal_k5
        + 3.838160947272558e-6 * normal_k6
            as normal_block_1,
        -2.355051540319299e-6
        - 1.1197584826973093e-6 * normal_k
        + 2.7690869863920155e-7 * normal_k2
        + 2.986835506085409e-7 * normal_k3
        + 1.199838503100204e-8 * normal_k4
        - 6.482985740116031e-8 * normal_k5
        - 2.1221561072337976e-8 * normal_k6
            as normal_block_2,
        9.32305030994002e-9
        + 7.5935245217567e-9 * normal_k
        - 1.3513511728124454e-10 * normal_k2
        - 1.5481842298528052e-9 * normal_k3
        - 2.819659352199424e-10 * normal_k4
        + 1.5063206834402375e-10 * normal_k5
        + 4.6914962269388386e-11 * normal_k6
            as normal_block_3
    from {{ name }}_powers

),

{{ name }} as (

    select
        {{ all_but([
            'normal_k', 'normal_k2', 'normal_k3', 'normal_k4', 'normal_k5', 'normal_k6',
            'normal_k7', 'normal_block_0', 'normal_block_1', 'normal_block_2', 'normal_block_3',
        ]) }},
        (
            normal_block_0
            + normal_k7
            * (normal_block_1 + normal_k7 * (normal_block_2 + normal_k7 * normal_block_3))
        ) / (1.0e0 + normal_magnitude) as normal_scaled_tail
    from {{ name }}_blocks

)
{%- endmacro -%}
