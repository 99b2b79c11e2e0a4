/** Weight encodings: a decoder file in front of a kernel body makes one kernel an encoding. */
import { type Kernel, makeKernel } from '../gpu/kernel.ts';
import { nameOf, shader } from './shaders.ts';

export type WeightFormat = 'f32' | 'bf16' | 'mxfp4';

/** Rows that `gemv` kernels read are whole multiples of this. */
export const STEP_VALUES: Readonly<Record<WeightFormat, number>> = { f32: 4, bf16: 8, mxfp4: 32 };

type Table<Format extends WeightFormat> = Readonly<Record<Format, Kernel>>;

const EVERY = ['f32', 'bf16', 'mxfp4'] as const;

/** A body over each encoding, a quad of weights at a time (`weight4`). */
export function overWeights(body: string): Table<WeightFormat>;
export function overWeights<Format extends WeightFormat>(body: string, formats: readonly Format[]): Table<Format>;
export function overWeights(body: string, formats: readonly WeightFormat[] = EVERY): Table<WeightFormat> {
  return table(formats, body, (format) => [`weights/${format}`]);
}

/** The same for matrix-vector kernels, which read a matrix 16 bytes at a time: how many values these are is `STEP_VALUES`. */
export function gemv(body: string): Table<WeightFormat>;
export function gemv<Format extends WeightFormat>(body: string, formats: readonly Format[], matrices?: 'three-matrices'): Table<Format>;
export function gemv(body: string, formats: readonly WeightFormat[] = EVERY, matrices = 'matrix'): Table<WeightFormat> {
  return table(formats, body, (format) => [`weights/${matrices}`, `weights/dots.${format}`]);
}

/** Beside them the entry `narrow` of the same shaders: no lanes and no barrier, for matrices too narrow to be shared. */
export function withNarrow<Format extends WeightFormat>(kernels: Table<Format>): { gemv: Table<Format>; 'gemv-narrow': Table<Format> } {
  const narrow = ({ name, files }: Kernel): Kernel => makeKernel(name.replace('.gemv', '.gemv-narrow'), files, 'narrow');
  const entries = Object.entries<Kernel>(kernels).map(([format, k]) => [format, narrow(k)]);
  return { gemv: kernels, 'gemv-narrow': Object.fromEntries(entries) as Table<Format> };
}

function table<Format extends WeightFormat>(formats: readonly Format[], body: string, front: (format: Format) => string[]): Table<Format> {
  const entries = formats.map((format) => [format, makeKernel(`${nameOf(body)} ${format}`, [...front(format), body].map(shader))]);
  return Object.fromEntries(entries) as Record<Format, Kernel>;
}
