/** Weight encodings: a decoder file in front of a kernel body makes one kernel an encoding. */
import bf16 from '../../../shaders/weights/bf16.wgsl?raw';
import bf16Dots from '../../../shaders/weights/dots.bf16.wgsl?raw';
import f32Dots from '../../../shaders/weights/dots.f32.wgsl?raw';
import mxfp4Dots from '../../../shaders/weights/dots.mxfp4.wgsl?raw';
import f32 from '../../../shaders/weights/f32.wgsl?raw';
import matrix from '../../../shaders/weights/matrix.wgsl?raw';
import mxfp4 from '../../../shaders/weights/mxfp4.wgsl?raw';
import { type Access, type Kernel, type ParamType, storage } from '../gpu/kernel.ts';

export type WeightFormat = 'f32' | 'bf16' | 'mxfp4';

const decoders: Readonly<Record<WeightFormat, string>> = { f32, bf16, mxfp4 };

/** The same body over each encoding; the body's own bindings start at 3. */
export function overWeights(
  name: string,
  body: string,
  bindings: Readonly<Record<string, Access>>,
  params: Readonly<Record<string, ParamType>>,
  overrides: readonly string[] = [],
): Readonly<Record<WeightFormat, Kernel>> {
  return tableOf(name, (format) => decoders[format] + body, bindings, params, overrides);
}

const dots: Readonly<Record<WeightFormat, string>> = { f32: f32Dots, bf16: bf16Dots, mxfp4: mxfp4Dots };

/** The same for matrix-vector kernels, which read a matrix 16 bytes at a time: how many values these are is `STEP_VALUES`. */
export function overDots(
  name: string,
  body: string,
  bindings: Readonly<Record<string, Access>>,
  params: Readonly<Record<string, ParamType>>,
  overrides: readonly string[] = [],
): Readonly<Record<WeightFormat, Kernel>> {
  return tableOf(name, (format) => matrix + dots[format] + body, bindings, params, overrides);
}

/** Dot products of an encoding without the matrix they read, for kernels that bind several. */
export function dotsOver(format: WeightFormat): string {
  return dots[format];
}

/** Rows that `overDots` kernels read are whole multiples of this. */
export const STEP_VALUES: Readonly<Record<WeightFormat, number>> = { f32: 4, bf16: 8, mxfp4: 32 };

/** The entry `alone` of the same shaders: no lanes and no barrier, for matrices too narrow to be shared. */
export function alone<Name extends string>(table: Readonly<Record<Name, Kernel>>): Readonly<Record<Name, Kernel>> {
  const entries = Object.entries<Kernel>(table).map(([format, k]) => [format, { ...k, name: `${k.name} alone`, entry: 'alone' }]);
  return Object.fromEntries(entries) as Record<Name, Kernel>;
}

function tableOf(
  name: string,
  source: (format: WeightFormat) => string,
  bindings: Readonly<Record<string, Access>>,
  params: Readonly<Record<string, ParamType>>,
  overrides: readonly string[],
): Readonly<Record<WeightFormat, Kernel>> {
  const own = Object.fromEntries(Object.entries(bindings).map(([b, access], i) => [b, { binding: i + 3, access }]));
  const make = (format: WeightFormat): Kernel => ({
    name: `${name} ${format}`,
    source: source(format),
    entry: 'main',
    bindings: { ...storage(format === 'mxfp4' ? { weight: 'read', scales: 'read' } : { weight: 'read' }), ...own },
    params,
    overrides,
  });
  return { f32: make('f32'), bf16: make('bf16'), mxfp4: make('mxfp4') };
}
