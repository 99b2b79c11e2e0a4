/** Families by `model_type`: the one place where a family is named outside its own files. */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import type { ModelConfig } from './config.ts';
import { gptOssForward } from './gpt-oss.ts';
import type { Attend, Stream } from './stream.ts';
import type { Weights } from './weights.ts';

export function forward(trace: Trace, config: ModelConfig, weights: Weights, stream: Stream, attend: Attend): Tensor {
  switch (config.model_type) {
    case 'gpt_oss':
      return gptOssForward(trace, config, weights, stream, attend);
    default:
      return config.model_type satisfies never;
  }
}
