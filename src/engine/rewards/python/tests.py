# Tests of a program. They are compiled before it runs and lie outside of Python meanwhile (interpreter.ts), so that it can neither read them nor replace what
# reads them. These functions have a copy of Python's own builtins.
import ast
import builtins
import marshal
import random
import sys

KEPT = dict(builtins.__dict__)
PLAIN = (bool, int, float, complex, str, bytes, bytearray, type(None), type(...), range)
BASES = (int, float, complex, str, bytes, bytearray)


class Failed(Exception):
    pass


def fresh():
    random.seed(0)
    return {'__name__': '__main__', '__builtins__': builtins}


def prepare(tests, name):
    """The tests as bytes. `name`: one that the program cannot know, for the functions that compare."""
    prepared = []
    for text in tests:
        try:
            tree = ast.fix_missing_locations(Asserts(name).visit(ast.parse(text, 'tests')))
            prepared.append((text[:200], compile(tree, 'tests', 'exec')))
        except SyntaxError as error:
            raise ValueError(f'the test {text[:200]!r} is no Python ({error.msg})')
    return marshal.dumps(prepared)


def test(prepared, space, name, loads=marshal.loads):
    """'' where all tests pass."""
    builtins.__dict__.clear()
    builtins.__dict__.update(KEPT)
    space['__builtins__'] = builtins
    space[name] = {'check': check, 'compare': compare, 'truth': truth}
    for text, code in loads(prepared):
        try:
            exec(code, space)
        except Failed as error:
            return f'a test fails: {error}'
        except BaseException as error:
            return f'a test ends with {reason(error)}: {text}'
    return ''


class Asserts(ast.NodeTransformer):
    """`assert a == b` -> a check by `compare`."""

    def __init__(self, name):
        self.name = name

    def call(self, what, *args):
        return ast.Call(ast.Subscript(ast.Name(self.name, ast.Load()), ast.Constant(what), ast.Load()), list(args), [])

    def visit_Assert(self, node):
        proof = ast.Lambda(ast.arguments([], [], None, [], [], None, []), self.proved(node.test))
        return ast.Expr(self.call('check', proof, ast.Constant(ast.unparse(node.test)[:200])))

    def proved(self, node):
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.proved(one) for one in node.values])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ast.UnaryOp(node.op, self.proved(node.operand))
        ops = getattr(node, 'ops', [])
        if len(ops) == 1 and not isinstance(ops[0], (ast.Is, ast.IsNot)):
            return self.call('compare', node.left, ast.Constant(type(ops[0]).__name__), node.comparators[0])
        return self.call('truth', node)


def check(proof, text):
    if proof() is not True:
        raise Failed(text)


def truth(value):
    """An object of the program that says of itself that it is true proves nothing."""
    return not (is_theirs(type(value)) and hasattr(type(value), '__bool__')) and bool(value)


def compare(a, op, b):
    if op == 'Eq':
        return same(a, b)
    theirs = is_theirs(type(a)) or is_theirs(type(b))
    if op in ('In', 'NotIn'):
        if is_theirs(type(b)):
            return False
        found = a in b if isinstance(b, (str, bytes)) else any(same(a, one) for one in b)
        return found is (op == 'In')
    if theirs and type(a) is not type(b):
        return False
    if op == 'NotEq':
        return not same(a, b)
    return (a < b if op == 'Lt' else a <= b if op == 'LtE' else a > b if op == 'Gt' else a >= b) is True


def same(a, b):
    """a == b by the values of Python's own types: an object that equals everything equals only its like."""
    first, second = type(a), type(b)
    if first in PLAIN and second in PLAIN:
        return a == b
    for base in BASES:
        if isinstance(a, base) and isinstance(b, base):
            return base.__eq__(a, b) is True
    for base in (list, tuple):
        if isinstance(a, base) and isinstance(b, base):
            return base.__len__(a) == base.__len__(b) and all(map(same, base.__iter__(a), base.__iter__(b)))
    if isinstance(a, dict) and isinstance(b, dict):
        other = dict(dict.items(b))
        return len(other) == dict.__len__(a) and all(key in other and same(value, other[key]) for key, value in dict.items(a))
    if isinstance(a, (set, frozenset)) and isinstance(b, (set, frozenset)):
        return not any(is_theirs(type(one)) for one in (*a, *b)) and frozenset(a) == frozenset(b)
    if (is_theirs(first) or is_theirs(second)) and first is not second:
        return False
    return (a == b) is True and (b == a) is True


def is_theirs(kind):
    """Made by the program: it is no type that a module of Python's has under its name."""
    found = sys.modules.get(kind.__module__) if kind.__module__ != '__main__' else None
    for name in kind.__qualname__.split('.'):
        found = getattr(found, name, None)
    return found is not kind
