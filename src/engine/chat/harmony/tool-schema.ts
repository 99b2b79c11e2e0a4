/**
 * Tool definitions in the pseudo-TypeScript that gpt-oss was trained on, character for character as the Hugging Face template prints them,
 * its oddities included (line breaks inside nested objects, `oneOf` of objects written out, defaults without a comma after `oneOf`).
 * A schema is data of the user: it is read with `in`-free own-property checks and never trusted to be well-formed.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { ToolDefinition } from '../../../protocol/conversation.ts';
import { pythonJson } from '../python-json.ts';
import { pythonText } from '../python-repr.ts';

type Schema = Readonly<Record<string, unknown>>;

const NESTED_INDENT = ' '.repeat(16);
const DEFAULT_INDENT = ' '.repeat(20);

/** The `namespace functions { ... }` block. */
export function toolNamespace(name: string, tools: readonly ToolDefinition[]): string {
  return `## ${name}\n\nnamespace ${name} {\n\n${tools.map(toolType).join('')}} // namespace ${name}`;
}

function toolType(tool: ToolDefinition): string {
  const definition = asSchema(tool.function);
  const { name, description } = definition ?? {};
  if (typeof name !== 'string') throw new MotherTongueError('DatasetError', 'A tool has no function name; give every tool function.name.');
  if (typeof description !== 'string') {
    throw new MotherTongueError('DatasetError', `The tool "${name}" has no description; the gpt-oss template needs one.`);
  }
  const parameters = asSchema(definition?.parameters);
  const properties = Object.entries(asSchema(parameters?.properties) ?? {});
  const head = `// ${description}\ntype ${name} = `;
  if (properties.length === 0) return `${head}() => any;\n\n`;
  const required = names(parameters?.required);
  const fields = properties.map(([key, spec]) => field(key, asSchema(spec) ?? {}, required));
  return `${head}(_: {\n${fields.join('')}}) => any;\n\n`;
}

function field(name: string, spec: Schema, required: readonly string[]): string {
  const comment = spec.description ? `// ${pythonText(spec.description)}\n` : '';
  return `${comment}${name}${required.includes(name) ? '' : '?'}: ${typeOf(spec, 0)}${defaultOf(spec)},\n`;
}

function defaultOf(spec: Schema): string {
  if (spec.default === undefined) return '';
  if (!spec.enum && !spec.oneOf) return `, // default: ${pythonJson(spec.default)}`;
  if (typeof spec.default !== 'string') {
    throw new MotherTongueError('DatasetError', 'A tool parameter with enum or oneOf has a default that is not a string; make it one.');
  }
  return spec.enum ? `, // default: ${spec.default}` : `// default: ${spec.default}`;
}

function typeOf(spec: Schema, depth: number): string {
  if (depth > 32) throw new MotherTongueError('DatasetError', 'A tool schema is nested more than 32 levels deep; flatten it.');
  if (spec.type === 'array') return arrayType(spec, depth);
  if (Array.isArray(spec.type) && spec.type.length > 0) return spec.type.map(pythonText).join(' | ');
  if (isTruthy(spec.oneOf)) return oneOfType(spec.oneOf, depth);
  if (spec.type === 'string') {
    if (Array.isArray(spec.enum) && spec.enum.length > 0) return `"${spec.enum.map(pythonText).join('" | "')}"`;
    return spec.nullable ? 'string | null' : 'string';
  }
  if (spec.type === 'number' || spec.type === 'integer') return 'number';
  if (spec.type === 'boolean') return 'boolean';
  return spec.type === 'object' ? objectType(spec, depth) : 'any';
}

function arrayType(spec: Schema, depth: number): string {
  const items = asSchema(spec.items);
  const suffix = spec.nullable ? ' | null' : '';
  if (!items || Object.keys(items).length === 0) return `any[]${suffix}`;
  const simple: Record<string, string> = { string: 'string[]', number: 'number[]', integer: 'number[]', boolean: 'boolean[]' };
  const known = typeof items.type === 'string' && Object.hasOwn(simple, items.type) ? simple[items.type] : undefined;
  if (known) return known + suffix;
  const inner = typeOf(items, depth + 1);
  return (inner === 'object | object' || [...inner].length > 50 ? 'any[]' : `${inner}[]`) + suffix;
}

function oneOfType(value: unknown, depth: number): string {
  const variants = Array.isArray(value) ? value : [];
  return variants
    .map((entry, index) => {
      const variant = asSchema(entry) ?? {};
      const description = variant.description ? `// ${pythonText(variant.description)}` : '';
      const byDefault = variant.default === undefined ? '' : `${DEFAULT_INDENT}// default: ${pythonJson(variant.default)}`;
      return typeOf(variant, depth + 1) + description + byDefault + (index < variants.length - 1 ? ' | \n' : '');
    })
    .join('');
}

function objectType(spec: Schema, depth: number): string {
  const properties = Object.entries(asSchema(spec.properties) ?? {});
  if (properties.length === 0) return 'object';
  const required = names(spec.required);
  const fields = properties.map(
    ([key, inner]) => `${key}${required.includes(key) ? '' : '?'}: \n${NESTED_INDENT}${typeOf(asSchema(inner) ?? {}, depth + 1)}`,
  );
  return `{\n${fields.join(', ')}}`;
}

function asSchema(value: unknown): Schema | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Schema) : undefined;
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
