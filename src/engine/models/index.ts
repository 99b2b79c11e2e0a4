/** The table of families by `model_type`, and its functions for the family of a given config. No other file names a family. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdaptableWeight } from '../files/adaptable.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { denseFamilies } from './dense-config.ts';
import type { BaseConfig, ExpectedTensor, Family } from './family.ts';
import { gptOss } from './gpt-oss.ts';
import type { Attend, Stream } from './stream.ts';
import type { Weights } from './weights.ts';

export const families: Record<string, Family> = {
  gpt_oss: gptOss,
  ...denseFamilies,
};

/** `json` is config.json; `name` is the model's, for messages. */
export function parseConfig(json: Record<string, unknown>, name: string): BaseConfig {
  const type = json.model_type;
  if (typeof type === 'string' && Object.hasOwn(families, type)) return families[type]!.parse(json, name);
  const what = typeof type === 'string' ? `a ${type} model` : 'a model without a model_type';
  throw new MotherTongueError(
    'ModelError',
    `${name} is ${what}; Mother Tongue runs models of these architectures (model_type): ${Object.keys(families).join(', ')}.`,
  );
}

export function expectedTensors(config: BaseConfig, checkpoint?: Pick<ModelCheckpoint, 'tensors'>): ExpectedTensor[] {
  return familyOf(config).tensors(config, checkpoint);
}

export function adaptableWeights(config: BaseConfig): AdaptableWeight[] {
  return familyOf(config).adaptable(config);
}

export function forward(trace: Trace, config: BaseConfig, weights: Weights, stream: Stream, attend: Attend): Tensor {
  return familyOf(config).forward(trace, config, weights, stream, attend);
}

function familyOf({ model_type }: BaseConfig): Family {
  return families[model_type]!; // parseConfig made the config
}
