/** Weight encodings: a decoder file in front of a kernel body makes one kernel an encoding. */
import bf16 from '../../../shaders/weights/bf16.wgsl?raw';
import f32 from '../../../shaders/weights/f32.wgsl?raw';
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
  const own = Object.fromEntries(Object.entries(bindings).map(([b, access], i) => [b, { binding: i + 3, access }]));
  const make = (format: WeightFormat): Kernel => ({
    name: `${name} ${format}`,
    source: decoders[format] + body,
    entry: 'main',
    bindings: { ...storage(format === 'mxfp4' ? { weight: 'read', scales: 'read' } : { weight: 'read' }), ...own },
    params,
    overrides,
  });
  return { f32: make('f32'), bf16: make('bf16'), mxfp4: make('mxfp4') };
}
