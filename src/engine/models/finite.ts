/** Weights are looked at while they are read for the GPU: one NaN or infinity makes every answer and every gradient NaN. */
import { MotherTongueError } from '../../lib/errors.ts';
import { firstNotFinite, placeOf } from '../files/dtypes.ts';
import type { TensorEntry } from '../files/safetensors-read.ts';
import type { Bytes } from '../files/source.ts';

/** Throws where `bytes`, a range of the tensor from its element `first` on, holds a value that is not finite. */
export function checkFinite({ name, shape, dtype, file }: Omit<TensorEntry, 'offset' | 'bytes'>, bytes: Bytes, first: number): void {
  const found = firstNotFinite(dtype, bytes);
  if (found === null) return;
  throw new MotherTongueError(
    'ModelError',
    `Tensor ${name} holds ${found.value} at ${placeOf(first + found.index, shape)} (${file}); the file is damaged or its training failed: download it again, or choose another model.`,
  );
}

/** The kernels build 2^(s - 128) from the bits, so the ends of the range have no meaning there (255 is NaN); no real checkpoint comes near them. */
export function checkScales({ name, shape, file }: Omit<TensorEntry, 'offset' | 'bytes'>, bytes: Bytes, first: number): void {
  for (let i = 0; i < bytes.length; i++) {
    const s = bytes[i]!;
    if (s >= 14 && s <= 252) continue;
    throw new MotherTongueError(
      'ModelError',
      `Tensor ${name} has the MXFP4 scale byte ${s} at ${placeOf(first + i, shape)} (${file}), which no trained model has; the file is damaged, download it again.`,
    );
  }
}
