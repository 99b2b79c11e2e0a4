/**
 * A launch names exactly what its kernel's shader declares: every binding (with a fitting element type), every parameter, every override, and nothing
 * else. Checked as plans are made, so that a misspelt name fails before any GPU is touched.
 */
import type { Scalar } from '../gpu/wgsl.ts';
import type { Bound, Launch } from './op.ts';

/** Parameters that `cut` sets. */
const SET_BY_CUT = ['first_x', 'first_y'];

/** Throws one error that lists all that does not fit. */
export function checkLaunch({ kernel, bind, params, overrides = {} }: Launch): void {
  const declared = Object.keys(kernel.params).filter((name) => !SET_BY_CUT.includes(name));
  const problems = [
    ...difference('binding', Object.keys(kernel.bindings), bind),
    ...difference('parameter', declared, params),
    ...difference('override', Object.keys(kernel.overrides), overrides),
  ];
  for (const [name, bound] of Object.entries(bind)) {
    const element = kernel.bindings[name]?.element;
    if (bound && element && !fits(element, bound)) problems.push(`${name} is bound to ${dtypeOf(bound)} as ${element}`);
  }
  for (const [name, value] of Object.entries(params)) {
    const type = kernel.params[name];
    if (type && !holds(type, value)) problems.push(`parameter ${name} is ${value}, no ${type}`);
  }
  if (problems.length > 0) throw new Error(`The launch of ${kernel.name} does not fit its shader: ${problems.join('; ')}.`);
}

function difference(what: string, declared: readonly string[], given: Readonly<Record<string, unknown>>): string[] {
  const missing = declared.filter((name) => given[name] === undefined).map((name) => `${what} ${name} is missing`);
  const unknown = Object.keys(given).filter((name) => given[name] !== undefined && !declared.includes(name));
  return [...missing, ...unknown.map((name) => `${what} ${name} is not declared`)];
}

/** As u32 a shader reads the bits of anything. */
function fits(element: string, bound: Bound): boolean {
  return element.includes('u32') || element.includes(dtypeOf(bound));
}

function dtypeOf(bound: Bound): string {
  return 'tensor' in bound ? bound.tensor.dtype : bound.dtype;
}

function holds(type: Scalar, value: number): boolean {
  if (type === 'f32') return !Number.isNaN(value);
  return Number.isInteger(value) && value < 2 ** 32 && (value >= 0 || type === 'i32');
}
