-- Pieces of which the expressions of a filter are composed, by their names in OData. Null makes a
-- comparison null, which leaves the row out; but what is null is unequal to all that is not.

-- name: eq
({0} = {1})
-- name: ne
({0} IS DISTINCT FROM {1})
-- name: lt
({0} < {1})
-- name: le
({0} <= {1})
-- name: gt
({0} > {1})
-- name: ge
({0} >= {1})
-- name: eq_null
({0} IS NULL)
-- name: ne_null
({0} IS NOT NULL)
-- name: true
true
-- name: false
false
-- name: and
({0} AND {1})
-- name: or
({0} OR {1})
-- name: not
(NOT {0})

-- name: add
({0} + {1})
-- name: sub
({0} - {1})
-- name: mul
({0} * {1})
-- name: div
({0}::float8 / nullif({1}, 0))
-- name: mod
({0} - {1} * trunc({0}::float8 / nullif({1}, 0)))
-- name: minus
(- {0})

-- name: substringof
(strpos({1}, {0}) > 0)
-- name: contains
(strpos({0}, {1}) > 0)
-- name: startswith
starts_with({0}, {1})
-- name: endswith
(right({0}, length({1})) = {1})
-- name: length
length({0})::float8
-- name: indexof
(strpos({0}, {1}) - 1)::float8
-- name: substring
substr({0}, (greatest({1}, 0) + 1)::integer)
-- name: substring_of_length
substr({0}, (greatest({1}, 0) + 1)::integer, greatest({2}, 0)::integer)
-- name: tolower
lower({0})
-- name: toupper
upper({0})
-- name: trim
trim({0})
-- name: concat
({0} || {1})

-- name: year
extract(year FROM {0})::float8
-- name: month
extract(month FROM {0})::float8
-- name: day
extract(day FROM {0})::float8
-- name: hour
extract(hour FROM {0})::float8
-- name: minute
extract(minute FROM {0})::float8
-- name: second
floor(extract(second FROM {0}))::float8
-- name: fractionalseconds
(extract(second FROM {0}) %% 1)::float8
-- name: date
({0} AT TIME ZONE 'UTC')::date
-- name: time
({0} AT TIME ZONE 'UTC')::time
-- name: totaloffsetminutes
extract(timezone_minute FROM {0})::float8
-- name: midnight
({0}::timestamp AT TIME ZONE 'UTC')

-- name: round
round({0}::numeric)::float8
-- name: floor
floor({0})
-- name: ceiling
ceil({0})

-- name: json
({0} #> {1})
-- name: json_text
({0} #>> {1})
-- name: json_number
(CASE WHEN jsonb_typeof({0} #> {1}) = 'number' THEN ({0} #>> {1})::float8 END)
-- name: json_truth
(CASE WHEN jsonb_typeof({0} #> {1}) = 'boolean' THEN ({0} #>> {1})::boolean END)

-- name: distance_point
({0} <-> {1}::point)
-- name: distance_line
({1}::path <-> {0})
-- name: distance_ring
({1}::polygon <-> {0})
-- name: on_point
({0} ~= {1}::point)
-- name: on_line
({1}::path <-> {0} = 0)
-- name: on_ring
(path({1}::polygon) <-> {0} = 0)
-- name: in_ring
({0} <@ {1}::polygon)

-- name: related
EXISTS (SELECT FROM {sources} WHERE {joined} AND {leaf})
-- name: value_of_related
(SELECT {leaf} FROM {sources} WHERE {joined} LIMIT 1)
-- name: source
({0}) AS {1}

-- name: ascending
{0}
-- name: descending
{0} DESC
-- name: ascending_with_nulls
{0} NULLS FIRST
-- name: descending_with_nulls
{0} DESC NULLS LAST
-- name: after_ascending
({0} > {1})
-- name: after_descending
({0} < {1})
-- name: after_descending_with_nulls
({0} < {1} OR {0} IS NULL)
-- name: after_row
ROW({0}) > ROW({1})
-- name: texts
{0}::text[]
-- name: numbers
{0}::integer[]
