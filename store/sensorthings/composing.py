"""A parsed filter or order becomes SQL: literals are parameters, all else is from `odata.sql`.

The tree is that of odata-query, whose names and literals carry their place in the text (class
`Placed`), so that what cannot be composed is refused where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from odata_query import ast
from psycopg.sql import SQL, Composable, Identifier, Placeholder

from store.sensorthings.functions import FUNCTIONS
from store.sensorthings.geometry import RELATIONS, BadGeometry, Geometry, distance, read_geometry
from store.sensorthings.model import BY_NAME, Entity, Relation, Type
from store.statements import statements

COMPARED = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
}  # fmt: skip
COUNTED = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Mod: "mod"}
#: Types whose values are compared with each other alone.
PLAIN = (Type.TEXT, Type.NUMBER, Type.BOOL, Type.TIME, Type.DATE, Type.CLOCK, Type.DURATION)
EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class Place(NamedTuple):
    """Where something stands: character `at` of `text`, which is of a query option."""

    option: str
    text: str
    at: int


class Placed(str):
    """A name or literal that knows where it was read."""

    at: Place

    def __new__(cls, text: str, at: Place) -> Placed:
        placed = super().__new__(cls, text)
        placed.at = at
        return placed


class BadExpression(ValueError):
    """An expression cannot be composed; `at` is where it stands, if that is known."""

    def __init__(self, what: str, at: Place | None = None) -> None:
        super().__init__(what)
        self.at = at


class Value(NamedTuple):
    """A composed expression; `path` leads into an object whose members have no type yet."""

    sql: Composable
    type: Type
    path: tuple[str, ...] = ()
    state: Composable | None = None  #: of a result, its text
    shape: Geometry | None = None
    always: bool = False


def place(node: object) -> Place | None:
    """Return where the first name or literal of a tree stands."""
    for name in ("val", "name", "owner", "left", "func", "operand", "attr", "expr", "right"):
        part = getattr(node, name, None)
        if isinstance(part, Placed):
            return part.at
        if isinstance(part, ast._Node) and (found := place(part)) is not None:
            return found
    return None


@dataclass(slots=True)
class Composer:
    """Composes expressions about rows of `entity`, which the query calls `alias`."""

    entity: Entity
    alias: str
    now: datetime
    values: dict[str, Any] = field(default_factory=dict)
    _related: dict[tuple[str, ...], str] = field(default_factory=dict)

    def condition(self, node: Any) -> Composable:
        sql = statements("odata")
        match node:
            case ast.BoolOp(op, left, right):
                name = "and" if isinstance(op, ast.And) else "or"
                return sql[name].format(self.condition(left), self.condition(right))
            case ast.UnaryOp(ast.Not(), operand):
                return sql["not"].format(self.condition(operand))
            case ast.Compare(ast.In(), left, ast.List(items)):
                found = self.condition(ast.Compare(ast.Eq(), left, items[0]))
                for item in items[1:]:
                    found = sql["or"].format(
                        found, self.condition(ast.Compare(ast.Eq(), left, item))
                    )
                return found
        before, self._related = self._related, {}
        leaf = self._truth(node)
        related, self._related = self._related, before
        return self._joined("related", leaf, related) if related else leaf

    def ordering(self, node: Any) -> Value:
        """Compose what rows are ordered by: a text, a number, a time."""
        self._related = {}
        value = self._settled(self.value(node), node)
        if any(step.many for path in self._related for step in self._steps(path)):
            raise BadExpression("many are related here: order by one of them only", place(node))
        if self._related:
            related = self._joined("value_of_related", value.sql, self._related)
            value = value._replace(sql=related, always=False)
        self._related = {}
        return value

    def parameter(self, value: Any) -> Composable:
        name = f"{self.alias}_{len(self.values)}"
        self.values[name] = value
        return Placeholder(name)

    # What expressions yield.

    def value(self, node: Any) -> Value:
        match node:
            case ast.Identifier() | ast.Attribute():
                return self._reference(_names(node), node)
            case ast.Null():
                return Value(SQL("NULL"), Type.NULL)
            case ast.Geography(text):
                return self._shape(text)
            case ast.Boolean():
                return Value(statements("odata")[str(node.py_val).lower()], Type.BOOL)
            case (
                ast.String() | ast.Integer() | ast.Float() | ast.DateTime() | ast.Date()
                | ast.Time() | ast.Duration() | ast.GUID()
            ):  # fmt: skip
                return self._literal(node)
            case ast.UnaryOp(ast.USub(), operand):
                return self._call("minus", [operand], Type.NUMBER, node)
            case ast.BinOp(op, left, right):
                return self._counted(COUNTED[type(op)], left, right)
            case ast.Call(func, args):
                return self._function(func, args)
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp():
                return Value(self.condition(node), Type.BOOL)
        raise BadExpression(f"{type(node).__name__} is not understood here", place(node))

    def _truth(self, node: Any) -> Composable:
        if isinstance(node, ast.Compare):
            return self._comparison(COMPARED[type(node.comparator)], node.left, node.right)
        value = self.value(node)
        if value.type is Type.JSON:
            return self._as(value, Type.BOOL, node).sql
        if value.type is not Type.BOOL:
            raise BadExpression(f"a {value.type} is neither true nor false", place(node))
        return value.sql

    def _comparison(self, name: str, left: Any, right: Any) -> Composable:
        sql = statements("odata")
        one, other = self.value(left), self.value(right)
        if Type.NULL in (one.type, other.type):
            if name not in ("eq", "ne"):
                raise BadExpression("null is only equal (eq) or not (ne)", place(left))
            given = other if one.type is Type.NULL else one
            given = given if given.type is Type.NULL else self._shown(given, left)
            return sql[f"{name}_null"].format(given.sql)
        wanted = next((v.type for v in (one, other) if v.type in PLAIN), Type.TEXT)
        if {one.type, other.type} == {Type.TIME, Type.DATE}:
            wanted = Type.TIME
        pair = self._as(one, wanted, left).sql, self._as(other, wanted, right).sql
        return sql[name].format(*pair)

    def _counted(self, name: str, left: Any, right: Any) -> Value:
        one, other = self.value(left), self.value(right)
        if Type.DURATION in (one.type, other.type) and name in ("add", "sub"):
            times = [self._as(one, Type.TIME, left).sql, self._as(other, Type.DURATION, right).sql]
            return Value(statements("odata")[name].format(*times), Type.TIME)
        return self._call(name, [left, right], Type.NUMBER, left)

    def _call(self, name: str, args: list[Any], type: Type, node: Any) -> Value:
        given = [self._as(self.value(each), type, each).sql for each in args]
        return Value(statements("odata")[name].format(*given), type)

    def _function(self, func: ast.Identifier, args: list[Any]) -> Value:
        name = ".".join((*func.namespace[1:], func.name))
        at = getattr(func.name, "at", None)
        if name == "now":
            return Value(self.parameter(self.now), Type.TIME)
        if name in ("mindatetime", "maxdatetime"):
            return Value(self.parameter(EARLIEST if name[1] == "i" else LATEST), Type.TIME)
        if name in RELATIONS or name in ("geo.distance", "geo.length"):
            return self._spatial(name, args, at)
        known = FUNCTIONS.get(name)
        if known is None:
            raise BadExpression(f"there is no function {name}", at)
        form = next((form for form in known if len(form.takes) == len(args)), None)
        if form is None:
            counts = " or ".join(str(len(form.takes)) for form in known)
            raise BadExpression(f"{name} takes {counts} arguments, not {len(args)}", at)
        given = [
            self._as(self.value(each), type, each).sql
            for each, type in zip(args, form.takes, strict=True)
        ]
        return Value(statements("odata")[form.statement].format(*given), form.yields)

    def _spatial(self, name: str, args: list[Any], at: Place | None) -> Value:
        wanted = 1 if name == "geo.length" else 2
        if len(args) != wanted:
            raise BadExpression(f"{name} takes {wanted} arguments, not {len(args)}", at)
        given = [self.value(each) for each in args]
        shape = next((v.shape for v in given if v.shape), None)
        point = next((v.sql for v in given if v.type is Type.POINT), None)
        if name == "geo.length":
            if shape is None or shape.kind != "LINESTRING":
                raise BadExpression("geo.length is of geography'LINESTRING(...)'", at)
            return Value(self.parameter(shape.length), Type.NUMBER)
        if shape is None or point is None:
            raise BadExpression(f"{name} is of a location and a geography'...'", at)
        if name == "geo.distance":
            return Value(distance(point, shape), Type.NUMBER)
        if name == "st_within" and given[0].shape:  # the geometry in the location
            name = "st_equals"
        return Value(RELATIONS[name](point, shape), Type.BOOL)

    # References and literals.

    def _reference(self, names: list[Any], node: Any) -> Value:
        entity, alias = self.entity, self.alias
        path: tuple[str, ...] = ()
        while relation := entity.relation(names[0]):
            target = BY_NAME[relation.target]
            if len(names) == 1:
                raise BadExpression(
                    f"{names[0]} is related: name one of its properties", place(node)
                )
            if names[1:] == ["id"] and relation.other == "id":
                return Value(Identifier(alias, relation.own), target.id)  # spares the join
            path = (*path, str(names[0]))
            entity, names = target, names[1:]
            alias = self._related.setdefault(path, f"{self.alias}_{'_'.join(path)}")
        known = entity.named(names[0])
        if known is None:
            choices = [each.name for each in (entity.identity, *entity.properties)]
            choices += [each.name for each in entity.relations]
            said = f"{entity.name} has no {names[0]}: it has {', '.join(choices)}"
            raise BadExpression(said, getattr(names[0], "at", None))
        if known.type is Type.SHOWN:
            said = f"{known.name} of {entity.name} is only shown; filter its Observations"
            raise BadExpression(said, getattr(names[0], "at", None))
        if len(names) > 1 and known.type is not Type.JSON:
            raise BadExpression(f"{known.name} has no members", getattr(names[1], "at", None))
        if known.type is Type.POINT:
            return Value(Identifier(alias, "_point"), Type.POINT)
        if known.type is Type.RESULT:
            return Value(
                Identifier(alias, "_value"), Type.RESULT, state=Identifier(alias, "_state")
            )
        members = tuple(str(name) for name in names[1:])
        always = known.always and not path
        return Value(Identifier(alias, known.name), known.type, members, always=always)

    def _literal(self, node: Any) -> Value:
        try:
            match node:
                case ast.DateTime():
                    read = datetime.fromisoformat(node.val)
                    moment = read if read.tzinfo else read.replace(tzinfo=UTC)
                    return Value(self.parameter(moment.astimezone(UTC)), Type.TIME)
                case ast.Date():
                    return Value(self.parameter(date.fromisoformat(node.val)), Type.DATE)
                case ast.Time():
                    return Value(self.parameter(time.fromisoformat(node.val)), Type.CLOCK)
                case ast.Duration():
                    return Value(self.parameter(node.py_val), Type.DURATION)
                case ast.Integer():  # a float would keep the index of a whole number from use
                    return Value(self.parameter(int(node.val)), Type.NUMBER)
                case ast.Float():
                    return Value(self.parameter(float(node.val)), Type.NUMBER)
        except (ValueError, OverflowError) as why:
            raise BadExpression(f"{node.val} cannot be read: {why}", place(node)) from why
        if "\0" in node.val:
            raise BadExpression("a text cannot have NUL characters", place(node))
        return Value(self.parameter(str(node.val)), Type.TEXT)

    def _shape(self, text: str) -> Value:
        try:
            return Value(SQL(""), Type.GEOMETRY, shape=read_geometry(text))
        except BadGeometry as why:
            raise BadExpression(str(why), getattr(text, "at", None)) from why

    # Types.

    def _as(self, value: Value, wanted: Type, node: Any) -> Value:
        """Return `value` as one of `wanted`, or refuse."""
        sql = statements("odata")
        if value.type is wanted and not value.path:
            return value
        if value.type is Type.JSON and wanted in JSON_AS:
            path = self.parameter(list(value.path))
            return Value(sql[JSON_AS[wanted]].format(value.sql, path), wanted)
        if value.type is Type.RESULT and wanted is Type.NUMBER:
            return Value(value.sql, wanted)
        if value.type is Type.RESULT and wanted is Type.TEXT and value.state is not None:
            return Value(value.state, wanted)
        if value.type is Type.DATE and wanted is Type.TIME:
            return Value(sql["midnight"].format(value.sql), wanted)
        raise BadExpression(f"a {value.type} stands where a {wanted} is needed", place(node))

    def _settled(self, value: Value, node: Any) -> Value:
        """Return a value of a type by which rows can be ordered."""
        if value.type is Type.RESULT:
            return Value(value.sql, Type.NUMBER)
        if value.type is Type.JSON:
            return self._as(value, Type.TEXT, node)
        if value.type not in PLAIN:
            raise BadExpression(f"nothing is ordered by a {value.type}", place(node))
        return value

    def _shown(self, value: Value, node: Any) -> Value:
        if value.type is Type.JSON:
            return self._as(value, Type.TEXT, node) if value.path else value
        if value.type is Type.GEOMETRY:
            raise BadExpression("a geometry is never null", place(node))
        return value

    # Related sets.

    def _steps(self, path: tuple[str, ...]) -> list[Relation]:
        entity, steps = self.entity, []
        for name in path:
            relation = entity.relation(name)
            assert relation is not None
            steps.append(relation)
            entity = BY_NAME[relation.target]
        return steps

    def _joined(
        self, how: str, leaf: Composable, related: dict[tuple[str, ...], str]
    ) -> Composable:
        sql, sets = statements("odata"), statements("sensorthings")
        sources, joined = [], []
        for path, alias in related.items():
            relation = self._steps(path)[-1]
            before = f"{self.alias}_{'_'.join(path[:-1])}" if path[1:] else self.alias
            base = sets[relation.target].format()
            sources.append(sql["source"].format(base, Identifier(alias)))
            pair = Identifier(alias, relation.other), Identifier(before, relation.own)
            joined.append(sql["eq"].format(*pair))
        return sql[how].format(
            sources=SQL(", ").join(sources), joined=SQL(" AND ").join(joined), leaf=leaf
        )


#: Statements that take a member out of an object, by the type it must have there.
JSON_AS = {Type.TEXT: "json_text", Type.NUMBER: "json_number", Type.BOOL: "json_truth"}


def _names(node: Any) -> list[Any]:
    """Return the names of a path, outermost first."""
    if isinstance(node, ast.Attribute):
        return [*_names(node.owner), node.attr]
    if isinstance(node, ast.Identifier):
        return [*node.namespace, node.name]
    raise BadExpression("a path is names with slashes between", place(node))
