/**
 * Which of the ONNX files beside each other to run. Exports carry the same model in several precisions (`onnx/model.onnx`, `onnx/model_q4f16.onnx`, ...);
 * the suffix is transformers.js's own naming. We take the smallest that the device runs well.
 */
import type { DataType } from '@huggingface/transformers';
import { MotherTongueError } from '../../lib/errors.ts';

export type PeerDevice = 'webgpu' | 'wasm';

export interface PeerWeights {
  dtype: DataType;
  subfolder: string;
  model_file_name: string;
  /** Number of `.onnx_data` files beside the graph. */
  use_external_data_format: number;
}

const suffixes: [suffix: string, dtype: DataType][] = [
  ['', 'fp32'],
  ['_fp16', 'fp16'],
  ['_q4f16', 'q4f16'],
  ['_q4', 'q4'],
  ['_quantized', 'q8'],
  ['_int8', 'int8'],
  ['_uint8', 'uint8'],
  ['_bnb4', 'bnb4'],
];

/** 8-bit integer kernels exist for wasm only; f16 needs the adapter's `shader-f16`. */
const preferences: Record<'wasm' | 'webgpu' | 'webgpu-f16', DataType[]> = {
  wasm: ['q8', 'int8', 'uint8', 'q4', 'bnb4', 'fp32'],
  webgpu: ['q4', 'fp32'],
  'webgpu-f16': ['q4f16', 'q4', 'fp16', 'fp32'],
};

export function chooseWeights(name: string, paths: string[], device: PeerDevice, f16: boolean): PeerWeights {
  for (const missing of ['config.json', 'tokenizer.json'].filter((path) => !paths.includes(path))) {
    throw new MotherTongueError(
      'FileError',
      `${name} has no ${missing}; choose the folder that holds config.json, tokenizer.json and onnx/.`,
    );
  }
  const preferred = preferences[device === 'webgpu' && f16 ? 'webgpu-f16' : device];
  for (const dtype of preferred) {
    const suffix = suffixes.find(([, candidate]) => candidate === dtype)?.[0] ?? '';
    for (const subfolder of ['onnx', '']) {
      for (const model_file_name of ['model', 'decoder_model_merged']) {
        const file = `${subfolder ? `${subfolder}/` : ''}${model_file_name}${suffix}.onnx`;
        if (paths.includes(file)) return { dtype, subfolder, model_file_name, use_external_data_format: countData(file, paths) };
      }
    }
  }
  const found = paths.filter((path) => path.endsWith('.onnx'));
  throw new MotherTongueError(
    'FileError',
    found.length === 0
      ? `${name} has no ONNX model; a transformers.js export has one at onnx/model.onnx.`
      : `${name} has no ONNX model that runs on ${device} (found ${found.join(', ')}; looked for ${preferred.join(', ')}).`,
  );
}

/** `model.onnx_data`, `model.onnx_data_1`, ... */
function countData(file: string, paths: string[]): number {
  const present = (index: number) => paths.includes(`${file}_data${index === 0 ? '' : `_${index}`}`);
  let count = 0;
  while (present(count)) count++;
  return count;
}
