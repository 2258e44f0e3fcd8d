-- Counter-based randomness: what is drawn depends on the seed, on the salt (what is drawn) and on
-- the id (for whom), and on nothing else; so neither threads nor the order of work can change it.
-- DuckDB's hash() of several arguments ends in an exclusive or, so that hash(seed, id, 'a') and
-- hash(seed, id, 'b') are correlated (0.5 over 20 million ids); salting first and hashing once
-- more is not. A DuckDB release that changes hash() changes the data: the seeds' test will say so.

create macro uniform(salt, id) as
    (hash(xor(hash(getvariable('seed'), salt), cast(id as ubigint))) >> 11)
    / cast(9007199254740992 as double);

-- The same, never 0: safe inside ln().
create macro uniform_open(salt, id) as
    ((hash(xor(hash(getvariable('seed'), salt), cast(id as ubigint))) >> 11) + 0.5e0)
    / cast(9007199254740992 as double);

-- Exponential with mean 1.
create macro exponential(salt, id) as -ln(uniform_open(salt, id));

-- Standard normal (Box and Muller 1958).
create macro normal(salt, id) as
    sqrt(-2 * ln(uniform_open(salt || ' radius', id)))
    * cos(2 * pi() * uniform(salt || ' angle', id));

-- One ticket out of an urn, a list that holds each item as often as its share in percent says.
create macro draw(urn, salt, id) as urn[1 + cast(floor(uniform(salt, id) * len(urn)) as integer)];
