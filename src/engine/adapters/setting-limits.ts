/** The limits of a model that the rules of settings depend on: its positions, the weights that can be adapted, and the largest useful rank. */
import type { SettingLimits } from '../../protocol/setting-row.ts';
import { largestRank } from '../files/adapter-plan.ts';
import type { BaseConfig } from '../models/family.ts';
import { adaptableWeights } from '../models/index.ts';
import { positionsOf } from '../models/rope.ts';

export function settingLimits(config: BaseConfig): Required<Omit<SettingLimits, 'rows'>> {
  const weights = adaptableWeights(config);
  const paths = (kind: 'module' | 'expert'): string[] => weights.filter((weight) => weight.kind === kind).map(({ path }) => path);
  return {
    positions: positionsOf(config),
    rank: largestRank(weights),
    modules: paths('module'),
    parameters: paths('expert'),
  };
}
