/**
 * What a kernel's WGSL declares: bindings, `Params`, overrides and entry points. The shader is their only source.
 *
 * It is no WGSL parser. It splits a file into its module-scope declarations and matches the few forms that our shaders use. Any other form throws with
 * file and line, so that nothing is read half. Bodies of functions are left to the GPU's compiler.
 *
 * Conventions: @group(0) @binding(0) is the uniform `params: Params`, a struct of 4-byte scalars; every other binding is a storage buffer that holds
 * an array; sizes that shape the code are `override` constants of type u32.
 */
export interface ShaderFile {
  /** From the root of the project, for errors. */
  readonly path: string;
  readonly text: string;
}

export type Access = 'read' | 'read_write';
export type Scalar = 'u32' | 'i32' | 'f32';

export interface Binding {
  readonly binding: number;
  readonly access: Access;
  /** Of the array: `f32`, `vec4<u32>`. */
  readonly element: string;
}

/** A number, or the override that sets it. */
type Size = number | string;

export interface Declarations {
  readonly bindings: Readonly<Record<string, Binding>>;
  /** In order: the layout of the uniform. */
  readonly params: Readonly<Record<string, Scalar>>;
  /** With their defaults; null: a launch must set it. */
  readonly overrides: Readonly<Record<string, number | null>>;
  /** Invocations of a workgroup along x, y and z, by entry point. */
  readonly entries: Readonly<Record<string, readonly Size[]>>;
}

/** WebGPU's guaranteed limit of storage buffers in a shader stage. */
const MAX_STORAGE_BUFFERS = 8;
/** Bytes of a launch's parameters (see graph/program.ts). */
const MAX_PARAMS_BYTES = 256;

const FORMS = {
  uniform: /^@group\(0\) @binding\(0\) var<uniform> params: Params;$/,
  storage: /^@group\(0\) @binding\((\d+)\) var<storage, (read|read_write)> (\w+): array<((?:vec[24]<)?(?:u32|i32|f32)>?)>;$/,
  override: /^override (\w+): u32(?: = (\d+)u)?;$/,
  params: /^struct Params { ?(.*?),? }$/,
  entry: /^@compute @workgroup_size\(([\w, ]+)\) fn (\w+)\(/,
  constant: /^const (\w+)(?:: \w+)? = (.+);$/,
  other: /^(?:fn \w+\(|struct \w+ {|var<workgroup> \w+: )/,
} as const;

interface Declaration {
  /** Without comments, and with every run of white space as one blank. */
  readonly text: string;
  readonly where: string;
}

/** The declarations of all files together, one after the other, as they are compiled. */
export function readDeclarations(files: readonly ShaderFile[]): Declarations {
  const all = files.flatMap(declarationsOf);
  const bindings: Record<string, Binding> = {};
  const overrides: Record<string, number | null> = {};
  const constants: Record<string, string> = {};
  const entries: Record<string, { sizes: string[]; where: string }> = {};
  let params: Record<string, Scalar> | undefined;
  let uniform = false;
  for (const { text, where } of all) {
    const found = match(text);
    if (!found) throw new Error(`${where}: "${shorten(text)}" is not a declaration of the forms that gpu/wgsl.ts reads.`);
    const [form, [, a = '', b = '', c = '', d = '']] = found;
    if (form === 'uniform') uniform = true;
    else if (form === 'storage') {
      if (Object.values(bindings).some(({ binding }) => binding === Number(a)) || a === '0' || c in bindings)
        throw new Error(`${where}: binding ${a} or the name ${c} is taken.`);
      bindings[c] = { binding: Number(a), access: b as Access, element: d };
    } else if (form === 'override') overrides[a] = b ? Number(b) : null;
    else if (form === 'params') params = fieldsOf(a, where);
    else if (form === 'entry') entries[b] = { sizes: a.split(/, ?/), where };
    else if (form === 'constant') constants[a] = b;
  }
  const last = files.at(-1)!.path;
  if (!uniform || !params) throw new Error(`${last}: there is no uniform "params: Params" at binding 0.`);
  if (Object.keys(bindings).length > MAX_STORAGE_BUFFERS)
    throw new Error(`${last}: ${Object.keys(bindings).length} storage buffers are more than the ${MAX_STORAGE_BUFFERS} of every GPU.`);
  return {
    bindings,
    params,
    overrides,
    entries: Object.fromEntries(
      Object.entries(entries).map(([name, { sizes, where }]) => [name, sizes.map((size) => sizeOf(size, constants, overrides, where))]),
    ),
  };
}

type Form = keyof typeof FORMS;

function match(text: string): [Form, RegExpExecArray] | null {
  for (const form of Object.keys(FORMS) as Form[]) {
    const found = FORMS[form].exec(text);
    if (found) return [form, found];
  }
  return null;
}

function fieldsOf(body: string, where: string): Record<string, Scalar> {
  const fields = body.split(', ').map((field): [string, Scalar] => {
    const [, name, type] = /^(\w+): (u32|i32|f32)$/.exec(field) ?? [];
    if (!name) throw new Error(`${where}: "${field}" is no field of Params; they are u32, i32 or f32.`);
    return [name, type as Scalar];
  });
  if (fields.length * 4 > MAX_PARAMS_BYTES) throw new Error(`${where}: Params is larger than ${MAX_PARAMS_BYTES} bytes.`);
  return Object.fromEntries(fields);
}

function sizeOf(
  size: string,
  constants: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, number | null>>,
  where: string,
): Size {
  if (size in overrides) return size;
  const literal = /^(\d+)u?$/.exec(constants[size] ?? size)?.[1];
  if (!literal) throw new Error(`${where}: the workgroup size ${size} is neither a number nor an override or a constant that is one.`);
  return Number(literal);
}

const read = new WeakMap<ShaderFile, Declaration[]>();

/** The module-scope declarations of a file, in order; a file that several kernels share is split once. */
function declarationsOf(file: ShaderFile): Declaration[] {
  let known = read.get(file);
  if (!known) {
    known = split(file);
    read.set(file, known);
  }
  return known;
}

function split({ path, text }: ShaderFile): Declaration[] {
  if (text.includes('/*')) throw new Error(`${path}: comments begin with //.`);
  const code = text.replace(/\/\/[^\n]*/g, '');
  const found: Declaration[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: brace, index } of code.matchAll(/[{};]/g)) {
    if (brace === '{') depth++;
    if (brace === '}') depth--;
    if (depth > 0 || brace === '{') continue;
    found.push({ text: tidy(code.slice(start, index + 1)), where: `${path}:${lineAt(code, start)}` });
    start = index + 1;
  }
  if (depth !== 0 || code.slice(start).trim()) throw new Error(`${path}:${lineAt(code, start)}: the last declaration does not end.`);
  return found;
}

/** The line of the first character from `start` that is not white space. */
function lineAt(code: string, start: number): number {
  const at = start + (code.slice(start).search(/\S/) + 1 || 1) - 1;
  return code.slice(0, at).split('\n').length;
}

function tidy(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)} ...` : text;
}
