/** The arguments by which verbs that ask a model are told how to draw ids; greedy without them. */
import type { SamplingSettings } from '../protocol/generation.ts';
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
    temperature: numberOf('temperature', args.temperature, 0, { min: 0 }),
    top_k: numberOf('top-k', args['top-k'], 0, { min: 0, whole: true }),
    top_p: numberOf('top-p', args['top-p'], 1, { min: 0, max: 1 }),
    min_p: numberOf('min-p', args['min-p'], 0, { min: 0, max: 1 }),
    seed: numberOf('seed', args.seed, 0, { min: 0, max: 2 ** 32 - 1, whole: true }),
    max_new_tokens: numberOf('max-new-tokens', args['max-new-tokens'], 256, { min: 1, whole: true }),
  };
}
