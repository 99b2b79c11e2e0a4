/**
 * The boundaries of the house, enforced by reading every import of every source file rather than by memory:
 * ui -> state -> client -> protocol <- engine, and inside the engine a folder imports only folders to its left. Tests may import anything.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = import.meta.dirname;

/** In order; the last, `api`, joins them all behind the worker. `worker.ts` and `src/headless` stand outside. */
const stages = [
  'files',
  'data',
  'tokens',
  'chat',
  'batch',
  'rewards',
  'gpu',
  'kernels',
  'graph',
  'ops',
  'reference',
  'models',
  'adapters',
  'generate',
  'evaluate',
  'traces',
  'train',
  'peer',
  'api',
];

interface Import {
  /** Path of the importing file, from src. */
  from: string;
  /** Path of the imported file from src, or the name of a package. */
  to: string;
  typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.tsx?$/.test(name));
const product = files.filter((name) => !/\.(test|d)\.tsx?$/.test(name));
const imports = product.flatMap(readImports);

function readImports(from: string): Import[] {
  const text = readFileSync(join(src, from), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found = [
    ...text.matchAll(
      /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|new URL\(\s*['"](\.[^'"]+)['"]/gm,
    ),
  ];
  return found.map(([, type, named, lazy, url]) => ({ from, to: target(from, named ?? lazy ?? url ?? ''), typeOnly: type !== undefined }));
}

function target(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(src, resolve(src, dirname(from), specifier)).replaceAll('\\', '/');
  return specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : (specifier.split('/')[0] ?? specifier);
}

const show = ({ from, to }: Import) => `${from} imports ${to}`;
const within =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
const offending = (rule: (one: Import) => boolean) => imports.filter(rule).map(show);
const stageOf = (path: string) => (path.startsWith('engine/') ? stages.indexOf(path.split('/')[1] ?? '') : -1);

test('the imports are found at all', () => {
  expect(imports.map(show)).toContain('headless/adapter.ts imports webgpu');
  expect(imports.map(show)).toContain('protocol/dataset.ts imports protocol/conversation.ts');
});

test('every folder of the engine is a known stage', () => {
  const folders = files.filter((name) => /^engine\/.+\//.test(name)).map((name) => name.split('/')[1]);
  expect([...new Set(folders)].filter((folder) => !stages.includes(folder ?? ''))).toEqual([]);
});

test('an engine folder imports only folders to its left', () => {
  const backwards = ({ from, to }: Import) => stageOf(from) >= 0 && stageOf(to) > stageOf(from);
  expect(offending(backwards)).toEqual([]);
});

test('a chat format is known only to the table of formats', () => {
  const formats = readdirSync(join(src, 'engine/chat'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const inFormat = within(...formats.map(({ name }) => `engine/chat/${name}`));
  expect(offending(({ from, to }) => inFormat(to) && !within('engine/chat')(from))).toEqual([]);
});

test('the peer stands beside our own engine and shares no code with training and generation', () => {
  const ours = within('engine/models', 'engine/adapters', 'engine/train', 'engine/generate');
  expect(offending(({ from, to }) => within('engine/peer')(from) && ours(to))).toEqual([]);
});

test('the engine reaches out only to protocol and lib', () => {
  const outside = ({ from, to }: Import) => within('engine')(from) && within('ui', 'state', 'client', 'headless')(to);
  expect(offending(outside)).toEqual([]);
  const page = /^(react|react-dom|zustand|uplot|@mantine\/.*|@tanstack\/.*)$/;
  expect(offending(({ from, to }) => within('engine', 'protocol', 'lib')(from) && page.test(to))).toEqual([]);
});

test('ui, state and client never import the engine; client alone starts its worker', () => {
  const isPage = within('ui', 'state', 'client', 'main.tsx');
  const startsWorker = ({ from, to }: Import) => within('client')(from) && to === 'engine/worker.ts';
  expect(offending((one) => isPage(one.from) && within('engine', 'headless')(one.to) && !startsWorker(one))).toEqual([]);
});

test('imports on the page run ui -> state -> client -> protocol', () => {
  const order = ['protocol', 'client', 'state', 'ui'];
  const place = (path: string) => order.findIndex((folder) => within(folder)(path));
  expect(offending(({ from, to }) => place(from) >= 0 && place(to) > place(from))).toEqual([]);
});

test('in ui, the frame stands around the screens, and the screens around the parts', () => {
  const order = ['ui/frame', 'ui/screens', 'ui/parts'];
  const place = (path: string) => order.findIndex((folder) => within(folder)(path));
  expect(offending(({ from, to }) => place(from) > 0 && place(to) >= 0 && place(to) < place(from))).toEqual([]);
});

test('only the table of families imports a family', () => {
  const families = product.filter((name) => /^export const \w+: Family<\w+> =/m.test(readFileSync(join(src, name), 'utf8')));
  expect(families).toContain('engine/models/gpt-oss.ts');
  expect(offending(({ from, to }) => families.includes(to) && from !== 'engine/models/index.ts')).toEqual([]);
});

test('the page never touches the GPU itself', () => {
  const touching = product
    .filter(within('ui', 'state', 'client'))
    .filter((name) => readFileSync(join(src, name), 'utf8').includes('navigator.gpu'));
  expect(touching).toEqual([]);
});

test('protocol imports itself and lib; lib only itself and, as types, protocol; but for the language detectors', () => {
  expect(offending(({ from, to }) => within('protocol')(from) && !within('protocol', 'lib')(to))).toEqual([]);
  const libMay = ({ from, to, typeOnly }: Import) =>
    within('lib')(to) || (typeOnly && within('protocol')(to)) || (within('lib/language')(from) && ['eld', 'franc-all'].includes(to));
  expect(offending((one) => within('lib')(one.from) && !libMay(one))).toEqual([]);
});

test('no file imports itself through others, types aside', () => {
  const graph = new Map(product.map((name) => [name, imports.filter((one) => one.from === name && !one.typeOnly).map(({ to }) => to)]));
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) circles.push([...path.slice(path.indexOf(name)), name].join(' -> '));
    else if (!done.has(name)) for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of product) visit(name, []);
  expect(circles).toEqual([]);
});

test('what is exported is imported somewhere; a type may also stand in a signature of its own file', () => {
  const root = join(src, '..');
  const importing = ['src', 'lab', 'e2e', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(tsx?|mjs)$/.test(name))
      .map((name) => join(root, folder, name)),
  );
  const used = new Set(importing.flatMap((path) => namesImportedBy(path).map(([file, name]) => `${relative(src, file)} ${name}`)));
  const unused = product.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    return [...text.matchAll(/^export (?:async )?(function\*?|const|class|interface|type) (\w+)/gm)]
      .filter(([, kind, name]) => {
        const inSignature = (kind === 'interface' || kind === 'type') && text.match(new RegExp(`\\b${name}\\b`, 'g'))!.length > 1;
        return !inSignature && !used.has(`${file} ${name}`) && !used.has(`${file} *`);
      })
      .map(([, , name]) => `${file}: ${name}`);
  });
  expect(unused).toEqual([]);
});

/** [file, name] of everything that a file imports from another file of the project; `*` where it takes the whole module. */
function namesImportedBy(path: string): [string, string][] {
  const text = readFileSync(path, 'utf8');
  const file = (specifier: string) => resolve(dirname(path), specifier);
  const lists = [
    ...text.matchAll(/(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'(\.[^']+)'/g),
    ...text.matchAll(/const \{([^}]*)\} = await import\('(\.[^']+)'\)/g),
  ].flatMap(([, list, specifier]) =>
    list!.split(',').map((one): [string, string] => [
      file(specifier!),
      one
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+|:/)[0]!,
    ]),
  );
  const members = [...text.matchAll(/await import\('(\.[^']+)'\)\)\.(\w+)/g)].map(([, specifier, name]): [string, string] => [
    file(specifier!),
    name!,
  ]);
  const whole = [...text.matchAll(/(?:import|export)\s+\*\s*(?:as\s+\w+\s+)?from\s*'(\.[^']+)'/g)];
  return [...lists, ...members, ...whole.map(([, specifier]): [string, string] => [file(specifier!), '*'])];
}

test('packages stay in their place', () => {
  const confined: [string, (path: string) => boolean][] = [
    ['comlink', within('client', 'engine/worker.ts', 'engine/reading-worker.ts', 'engine/api/reading.ts')],
    ['@huggingface/transformers', within('engine/tokens', 'engine/peer')],
    ['onnxruntime-web', within('engine/peer/onnx-runtime.ts')],
    ['webgpu', within('headless/adapter.ts')],
    ['eld', within('lib/language')],
    ['franc-all', within('lib/language')],
    ['zustand', within('state', 'ui/use.ts')],
  ];
  for (const [name, allowed] of confined) expect(offending(({ from, to }) => to === name && !allowed(from))).toEqual([]);
});

/** Red before: under the page's policy the encoding worker could not start one for templates, so a large dataset was never counted whole. */
test('a worker that starts workers brings the policy by which it may', () => {
  const texts = new Map(product.map((name) => [name, readFileSync(join(src, name), 'utf8')]));
  const starters = [...texts].filter(([name, text]) => /^engine\/[\w-]*worker\.ts$/.test(name) && /new Worker\(|createEngine\(/.test(text));
  expect(starters.map(([name]) => name)).toEqual(['engine/encode-worker.ts', 'engine/worker.ts']);
  expect(starters.filter(([, text]) => !/^import '\.\.\/lib\/trusted-types\.ts';/m.test(text)).map(([name]) => name)).toEqual([]);
});

test('no source file is longer than 500 lines', () => {
  const lines = (name: string) => readFileSync(join(src, name), 'utf8').split('\n').length - 1;
  expect(files.filter((name) => lines(name) > 500).map((name) => `${name}: ${lines(name)}`)).toEqual([]);
});

test('exactly one copy of onnxruntime-web is installed, and none of onnxruntime-node', () => {
  const lock = JSON.parse(readFileSync(join(src, '../package-lock.json'), 'utf8')) as {
    packages: Record<string, { name?: string; version: string }>;
  };
  const copies = (name: string) => Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
  expect(copies('onnxruntime-web').map(([path]) => path)).toEqual(['node_modules/onnxruntime-web']);
  expect(copies('onnxruntime-node').every(([, entry]) => entry.name === 'onnxruntime-common')).toBe(true);
});

test('every source file begins with a head comment that says what it is', () => {
  const headless = product.filter((name) => !/^\/\*\*[\s\S]*?\w[\s\S]*?\*\//.test(readFileSync(join(src, name), 'utf8').trimStart()));
  expect(headless).toEqual([]);
});

test('instruments in lab/ stand outside: the product imports none, but for the verbs that are instruments themselves', () => {
  expect(offending(({ from, to }) => to.startsWith('../lab/') && from !== 'headless/verbs/index.ts')).toEqual([]);
});

test('ARCHITECTURE.md is short enough to be read', () => {
  expect(readFileSync(join(src, '../ARCHITECTURE.md')).length).toBeLessThanOrEqual(12_000);
});
