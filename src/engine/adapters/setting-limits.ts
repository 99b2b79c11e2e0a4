/** What the rules of the settings need of a model: how long a row may be, which weights take an adapter, and the highest rank that adds something. */
import type { SettingLimits } from '../../protocol/setting-row.ts';
import type { BaseConfig } from '../models/family.ts';
import { adaptableWeights } from '../models/index.ts';
import { positionsOf } from '../models/rope.ts';

export function settingLimits(config: BaseConfig): Required<Omit<SettingLimits, 'rows'>> {
  const weights = adaptableWeights(config);
  const paths = (kind: 'module' | 'expert'): string[] => weights.filter((weight) => weight.kind === kind).map(({ path }) => path);
  return {
    positions: positionsOf(config),
    rank: Math.max(...weights.map((weight) => Math.min(weight.in, weight.out))),
    modules: paths('module'),
    parameters: paths('expert'),
  };
}
