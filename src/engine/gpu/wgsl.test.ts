/** Reading declarations: what is found, and that nothing is read half. */
import { describe, expect, it } from 'vitest';
import { readDeclarations } from './wgsl.ts';

const decoder = {
  path: 'shaders/weights/bf16.wgsl',
  text: `// Two to a word; see {the other} file.
@group(0) @binding(1) var<storage, read> weight: array<vec2<u32>>;

fn weight4(index: u32) -> vec4<f32> {
  return vec4<f32>(weight[index].xyxy);
}
`,
};
const body = `// A body.
override COLUMNS: u32;
override SIZE: u32 = 64u; // lanes

struct Params {
  rows: u32, // T
  scale: f32,
  shift: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

const LANES = 16u;
const NEXT = vec4<u32>(0u, 1u, 2u, 3u);
var<workgroup> sums: array<vec4<f32>, SIZE>;

struct Pair {
  low: vec4<f32>,
  high: vec4<f32>,
}

@compute @workgroup_size(COLUMNS, 4)
fn main() {
  if (true) { y[0] = 1.0; }
}

@compute @workgroup_size(LANES)
fn narrow(@builtin(local_invocation_index) lane: u32) {}
`;
const read = (text: string) => readDeclarations([decoder, { path: 'shaders/k.wgsl', text }]);

it('finds what all files declare, in order', () => {
  const found = read(body);
  expect(found.bindings).toEqual({
    weight: { binding: 1, access: 'read', element: 'vec2<u32>' },
    x: { binding: 3, access: 'read', element: 'vec4<f32>' },
    y: { binding: 4, access: 'read_write', element: 'f32' },
  });
  expect(Object.entries(found.params)).toEqual([
    ['rows', 'u32'],
    ['scale', 'f32'],
    ['shift', 'i32'],
  ]);
  expect(found.overrides).toEqual({ COLUMNS: null, SIZE: 64 });
  expect(found.entries).toEqual({ main: ['COLUMNS', 4], narrow: [16] });
});

describe('throws with file and line', () => {
  it.each([
    ['a scalar that is no 4-byte number', ['shift: i32', 'shift: vec2<f32>'], 'k.wgsl:5: "shift: vec2<f32>" is no field of Params'],
    [
      'a storage buffer that is no array',
      ['y: array<f32>', 'y: f32'],
      'k.wgsl:13: "@group(0) @binding(4) var<storage, read_write> y: f32;" is not',
    ],
    ['another group', ['@group(0) @binding(3)', '@group(1) @binding(3)'], 'k.wgsl:12: "@group(1)'],
    ['another element', ['array<f32>', 'array<atomic<u32>>'], 'k.wgsl:13: "@group(0) @binding(4)'],
    ['an override of another type', ['SIZE: u32 = 64u', 'SIZE: f32 = 1.0'], 'k.wgsl:3: "override SIZE'],
    ['a form that is not known', ['const LANES', 'let LANES'], 'k.wgsl:15: "let LANES = 16u;" is not a declaration'],
    ['a binding twice', ['@binding(4)', '@binding(1)'], 'k.wgsl:13: binding 1 or the name y is taken'],
    ['a name twice', [' x: array', ' weight: array'], 'k.wgsl:12: binding 3 or the name weight is taken'],
    ['a size that is no number', ['LANES = 16u', 'LANES = 8u + 8u'], 'k.wgsl:29: the workgroup size LANES is neither'],
    ['a file that ends early', ['if (true) {', 'if (true) {{'], 'k.wgsl:24: the last declaration does not end'],
    ['a stray brace', ['y[0] = 1.0; }', 'y[0] = 1.0; }}'], 'k.wgsl'],
    ['a block comment', ['// lanes', '/* lanes */'], 'k.wgsl: comments begin with //'],
    ['no uniform', ['var<uniform> params: Params', 'var<storage, read> z: array<u32>'], 'k.wgsl:11: binding 0'],
    ['no Params', ['struct Params', 'struct Other'], 'k.wgsl: there is no uniform'],
  ] as const)('%s', (_title, [from, to], message) => {
    expect(body).toContain(from);
    expect(() => read(body.replace(from, to))).toThrow(`shaders/${message}`);
  });

  it('more storage buffers, or a larger Params, than fit', () => {
    const more = [5, 6, 7, 8, 9, 10].map((n) => `@group(0) @binding(${n}) var<storage, read> b${n}: array<u32>;\n`).join('');
    expect(() => read(body + more)).toThrow('shaders/k.wgsl: 9 storage buffers are more than the 8 of every GPU.');
    const fields = Array.from({ length: 65 }, (_, i) => `f${i}: u32,`).join('\n');
    expect(() => read(body.replace('rows: u32, // T', fields))).toThrow('Params is larger than 256 bytes');
  });
});
