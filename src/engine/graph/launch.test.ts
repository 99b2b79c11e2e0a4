/** Launches that do not fit their kernel's shader: every problem is listed. */
import { expect, it } from 'vitest';
import { makeKernel } from '../gpu/kernel.ts';
import { checkLaunch } from './launch.ts';
import { Trace } from './trace.ts';

const text = `
override LANES: u32;
struct Params { rows: u32, scale: f32, shift: i32, first_x: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(LANES) fn main() {}`;
const trace = new Trace();
const [x, ids] = [trace.input('x', [4]), trace.input('ids', [4], 'u32')];
const good = {
  kernel: makeKernel('k', [{ path: 'k.wgsl', text }]),
  bind: { x, ids, y: { tensor: x, offset: 0, bytes: 16 } },
  params: { rows: 1, scale: 0.5, shift: -3 },
  overrides: { LANES: 8 },
  workgroups: [1, 1, 1],
} as const;

it('accepts a launch that names everything, and any bits where the shader reads u32', () => {
  expect(() => checkLaunch(good)).not.toThrow();
  expect(() => checkLaunch({ ...good, bind: { ...good.bind, ids: x } })).not.toThrow();
});

it.each([
  ['binding y is missing', { bind: { x, ids } }],
  ['binding z is not declared', { bind: { ...good.bind, z: x } }],
  ['x is bound to u32 as vec4<f32>', { bind: { ...good.bind, x: ids } }],
  ['y is bound to u32 as f32', { bind: { ...good.bind, y: { tensor: ids, offset: 0, bytes: 16 } } }],
  ['parameter scale is missing', { params: { rows: 1, shift: 0 } }],
  ['parameter first_x is not declared', { params: { ...good.params, first_x: 0 } }],
  ['parameter rows is -1, no u32', { params: { ...good.params, rows: -1 } }],
  ['parameter rows is 0.5, no u32', { params: { ...good.params, rows: 0.5 } }],
  ['parameter scale is NaN, no f32', { params: { ...good.params, scale: Number.NaN } }],
  ['override LANES is missing; override LINES is not declared', { overrides: { LINES: 1 } }],
])('%s', (problem, change) => {
  expect(() => checkLaunch({ ...good, ...change })).toThrow(`The launch of k does not fit its shader: ${problem}.`);
});
