/**
 * `@huggingface/jinja` where it differs from Python's: printed values are Python's `str(x)` (`True`, `None`, `{'day': 1}`), `strip` hears the
 * characters that it is given, and loops end at a million. The program's tree is changed before it runs; nodes are plain objects, so no class of
 * the library is needed. Not here: what a template may see, and when it is stopped.
 */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { pythonText } from './python-repr.ts';
import { strip, stripAfter, stripBefore } from './python-text.ts';
import { strftime } from './strftime.ts';

export type Program = ReturnType<typeof parse>;
type Node = Parameters<Interpreter['evaluate']>[0];
type Value = ReturnType<Interpreter['evaluate']>;

/** Blocks are trimmed as transformers does it; line breaks are line feeds, as Jinja makes them. */
export function programOf(source: string): Program {
  const program = parse(tokenize(source.replaceAll(/\r\n?/g, '\n'), { lstrip_blocks: true, trim_blocks: true }));
  mend(program);
  return program;
}

/** `date`: the day that `strftime_now` prints. */
export function runProgram(program: Program, variables: Readonly<Record<string, unknown>>, date: string): string {
  return String(new PythonInterpreter(environmentOf(variables, date)).run(program).value);
}

/** An expression whose value is printed; a node of ours. */
interface Printed {
  type: 'Printed';
  inner: Node;
}

/** A sum; one of ours, because Python adds no text and something else. */
interface Sum {
  type: 'Sum';
  sum: AnyNode;
}

/** `==` or `!=`; one of ours, because JavaScript's takes '' for false and what is absent for none. */
interface Comparison {
  type: 'Comparison';
  sides: AnyNode;
}

/** A value in the place of an expression. */
interface Known {
  type: 'Known';
  value: Value;
}

class PythonInterpreter extends Interpreter {
  override evaluate(node: Node, environment: Environment): Value {
    const ours = node as unknown as Printed | Sum | Comparison | Known | undefined;
    if (ours?.type === 'Known') return ours.value;
    if (ours?.type === 'Sum') return this.add(ours.sum, environment);
    if (ours?.type === 'Comparison') {
      const [left, right] = this.both(ours.sides, environment);
      const wanted = ours.sides.operator?.value === '==';
      return super.evaluate({ type: 'Identifier', value: String(equal(left, right) === wanted) } as unknown as Node, environment);
    }
    if (ours?.type !== 'Printed') return super.evaluate(node, environment);
    const value = this.evaluate(ours.inner, environment);
    if (value.type === 'StringValue') return value;
    const text = value.type === 'UndefinedValue' ? '' : pythonText(plain(value));
    return super.evaluate({ type: 'StringLiteral', value: text } as unknown as Node, environment);
  }

  private both({ left, right }: AnyNode, environment: Environment): [Value, Value] {
    return [this.evaluate(left as Node, environment), this.evaluate(right as Node, environment)];
  }

  private add(sum: AnyNode, environment: Environment): Value {
    const [left, right] = this.both(sum, environment);
    const other = [left, right].find(({ type }) => type !== 'StringValue');
    if (other && other.type !== 'UndefinedValue' && (left.type === 'StringValue' || right.type === 'StringValue')) {
      throw new Error(`a text and a value of type ${other.type.replace('Value', '').toLowerCase()} cannot be added`);
    }
    const known = (value: Value): Known => ({ type: 'Known', value });
    return super.evaluate({ ...sum, left: known(left), right: known(right) } as unknown as Node, environment);
  }
}

/** As Python compares: numbers and truth values with each other, everything else with its kind alone, lists and dicts by what they hold. */
function equal(left: Value, right: Value): boolean {
  const [a, b]: [unknown, unknown] = [left.value, right.value];
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b);
  if (left.type !== right.type) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => equal(one as Value, b[i] as Value));
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, one]) => b.has(key) && equal(one as Value, b.get(key) as Value));
  }
  return a === b;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** A value of the library's as one of JavaScript's. */
function plain({ type, value }: { type: string; value: unknown }): unknown {
  if (value instanceof Map) return Object.fromEntries([...(value as Map<string, Value>)].map(([key, entry]) => [key, plain(entry)]));
  if (Array.isArray(value)) return (value as Value[]).map(plain);
  if (type === 'FloatValue' && Number.isInteger(value)) return Object(value);
  return type === 'UndefinedValue' || value === undefined ? null : value;
}

interface AnyNode {
  type: string;
  value?: unknown;
  callee?: AnyNode;
  args?: unknown[];
  object?: unknown;
  property?: AnyNode;
  computed?: boolean;
  operator?: { value: string };
  left?: unknown;
  right?: unknown;
  operand?: unknown;
  filter?: AnyNode;
}

/** What stands in a block and is no expression. */
const STATEMENTS = new Set(['Set', 'If', 'For', 'Macro', 'Break', 'Continue', 'Comment', 'CallStatement', 'FilterStatement']);
/** Lists of statements, by the names of their fields. */
const BLOCKS = ['body', 'alternate', 'defaultBlock'];

function mend(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  if (node instanceof Map) for (const value of node.values()) mend(value);
  for (const value of Object.values(node)) mend(value);
  if (!('type' in node)) return;
  const fields = node as unknown as AnyNode & Record<string, unknown>; // what the parser makes
  for (const name of BLOCKS) {
    const block = fields[name];
    if (Array.isArray(block)) fields[name] = (block as AnyNode[]).map((one) => (STATEMENTS.has(one.type) ? one : printed(one)));
  }
  if (fields.type === 'BinaryExpression') mendBinary(fields);
  if (fields.type === 'FilterExpression') mendFilter(fields);
  if (fields.type === 'CallExpression') mendStrip(fields);
}

function mendBinary(node: AnyNode): void {
  if (node.operator?.value === '~') {
    node.left = printed(node.left);
    node.right = printed(node.right);
  } else if (node.operator?.value === '+') become(node, { type: 'Sum', sum: { ...node } });
  else if (node.operator?.value === '==' || node.operator?.value === '!=') become(node, { type: 'Comparison', sides: { ...node } });
}

/** Filters whose operand Python makes a text first. */
const PRINTING = new Set(['string', 'upper', 'lower', 'title', 'replace']);

function mendFilter(node: AnyNode): void {
  const name = String(node.filter?.value);
  if (PRINTING.has(name)) node.operand = printed(node.operand);
  else if (name === 'trim')
    become(node, { type: 'CallExpression', callee: { type: 'Identifier', value: 'strip_' }, args: [printed(node.operand)] });
}

/** Nodes are changed in their place, whoever holds them. */
function become(node: AnyNode, other: object): void {
  for (const name of Object.keys(node)) delete (node as unknown as Record<string, unknown>)[name];
  Object.assign(node, other);
}

function printed(inner: unknown): unknown {
  return (inner as AnyNode).type === 'StringLiteral' ? inner : { type: 'Printed', inner };
}

/** `x.strip(...)` becomes a call of a function of ours on `x` and the characters; without any, white space is Python's. */
function mendStrip(call: AnyNode): void {
  const name = String(call.callee?.property?.value ?? '');
  if (
    call.callee?.type !== 'MemberExpression' ||
    call.callee.computed ||
    !Object.hasOwn(STRIPS, name) ||
    call.args === undefined ||
    call.args.length > 1
  )
    return;
  call.args = [call.callee.object, ...call.args];
  call.callee = { ...call.callee.property!, value: `${name}_` };
}

const STRIPS: Readonly<Record<string, (text: string, characters?: string | null) => string>> = {
  strip: (text, characters) => (characters == null ? strip(text) : rstrip(lstrip(text, characters), characters)),
  lstrip: (text, characters) => (characters == null ? stripBefore(text) : lstrip(text, characters)),
  rstrip: (text, characters) => (characters == null ? stripAfter(text) : rstrip(text, characters)),
};

function lstrip(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text[start]!)) start++;
  return text.slice(start);
}

function rstrip(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** What every template of transformers has, with a day that is told; variables may replace it. */
function environmentOf(given: Readonly<Record<string, unknown>>, date: string): Environment {
  const environment = new Environment();
  const globals = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    raise_exception: (message: string) => {
      throw new Error(message);
    },
    strftime_now: (format: string) => strftime(date, format),
  };
  const strips = Object.fromEntries(Object.entries(STRIPS).map(([name, strip]) => [`${name}_`, strip]));
  for (const [name, value] of Object.entries({ ...globals, ...strips, ...given })) environment.set(name, value);
  return environment;
}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0) throw new Error('range() step must not be zero');
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > 1_000_000) throw new Error('range() is longer than a million');
  return Array.from({ length }, (_, i) => from + i * step);
}
