/** Weight encodings: a decoder file in front of a kernel's files makes one kernel an encoding. */
import { type Kernel, makeKernel } from '../gpu/kernel.ts';
import { kernelOf } from './shaders.ts';

export type WeightFormat = 'f32' | 'bf16' | 'mxfp4';

/** Rows that `gemv` kernels read are whole multiples of this. */
export const STEP_VALUES: Readonly<Record<WeightFormat, number>> = { f32: 4, bf16: 8, mxfp4: 32 };

type Table<Format extends WeightFormat> = Readonly<Record<Format, Kernel>>;

export const ANY_FORMAT = ['f32', 'bf16', 'mxfp4'] as const;
export const FLOAT_FORMATS = ['f32', 'bf16'] as const;

/** The same files over each encoding, a quad of weights at a time (`weight4`); the last file is the body and names the kernel. */
export function overWeights<Format extends WeightFormat>(formats: readonly Format[], ...paths: readonly string[]): Table<Format> {
  return table(formats, (format) => [`weights/${format}`, ...paths]);
}

/** The same for matrix-vector kernels, which read a matrix 16 bytes at a time: how many values these are is `STEP_VALUES`. */
export function gemv<Format extends WeightFormat>(
  formats: readonly Format[],
  body: string,
  matrices: 'matrix' | 'two-matrices' | 'three-matrices' = 'matrix',
  ...pieces: readonly string[]
): Table<Format> {
  return table(formats, (format) => [`weights/${matrices}`, `weights/dots.${format}`, ...pieces, body]);
}

/** Beside them the entry `narrow` of the same shaders: no lanes and no barrier, for matrices too narrow to be shared. */
export function withNarrow<Format extends WeightFormat>(kernels: Table<Format>): { gemv: Table<Format>; 'gemv-narrow': Table<Format> } {
  return { gemv: kernels, 'gemv-narrow': withEntry(kernels, 'narrow', (name) => name.replace('.gemv', '.gemv-narrow')) };
}

/** Beside them the entry `wide` of the same shaders: tiles of 8 columns. */
export function withWide<Format extends WeightFormat>(kernels: Table<Format>): { forward: Table<Format>; wide: Table<Format> } {
  return { forward: kernels, wide: withEntry(kernels, 'wide', (name) => name.replace('.forward', '.wide')) };
}

/** The same kernels under names of their own, where other pieces stand in front of the same body. */
export function named<Format extends WeightFormat>(kernels: Table<Format>, suffix: string): Table<Format> {
  return withEntry(kernels, undefined, (name) => name + suffix);
}

function withEntry<Format extends WeightFormat>(
  kernels: Table<Format>,
  entry: string | undefined,
  rename: (name: string) => string,
): Table<Format> {
  const entries = Object.entries<Kernel>(kernels).map(([format, { name, files }]) => [format, makeKernel(rename(name), files, entry)]);
  return Object.fromEntries(entries) as Table<Format>;
}

function table<Format extends WeightFormat>(formats: readonly Format[], pathsOf: (format: Format) => string[]): Table<Format> {
  return Object.fromEntries(formats.map((format) => [format, kernelOf(pathsOf(format), ` ${format}`)])) as Record<Format, Kernel>;
}
