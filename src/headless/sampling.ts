/** The arguments by which verbs that ask a model are told how to draw ids; greedy without them. */
import type { SamplingSettings } from '../protocol/generation.ts';
import { samplingRules } from '../protocol/sampling.ts';
import { type Arguments, numberOf } from './arguments.ts';

export const samplingSpec = {
  'max-new-tokens': 'optional',
  temperature: 'optional',
  'top-k': 'optional',
  'top-p': 'optional',
  'min-p': 'optional',
  seed: 'optional',
} as const;

export function samplingOf(args: Arguments<typeof samplingSpec>): SamplingSettings {
  return {
    temperature: numberOf('temperature', args.temperature, 0, samplingRules.temperature),
    top_k: numberOf('top-k', args['top-k'], 0, samplingRules.top_k),
    top_p: numberOf('top-p', args['top-p'], 1, samplingRules.top_p),
    min_p: numberOf('min-p', args['min-p'], 0, samplingRules.min_p),
    seed: numberOf('seed', args.seed, 0, samplingRules.seed),
    max_new_tokens: numberOf('max-new-tokens', args['max-new-tokens'], 256, samplingRules.max_new_tokens),
  };
}
