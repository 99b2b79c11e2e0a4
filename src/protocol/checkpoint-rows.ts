/** Rows of the settings table about checkpoints, by the names of transformers' TrainingArguments. */
import { checkpointDefaults } from './checkpoints.ts';
import { whole } from './rules.ts';
import type { SettingRow } from './setting-row.ts';

const MAX_STEPS = 1_000_000;

export const checkpointRows = {
  save_steps: {
    name: 'save_steps',
    rule: whole(0, MAX_STEPS),
    default: checkpointDefaults.save_steps,
    optional: true,
    label: 'Checkpoint every',
    help: 'Steps; the adapter as it is then is kept and can be compared, evaluated and taken along. 0: none.',
    part: 'advanced',
    kind: 'integer',
  },
  save_total_limit: {
    name: 'save_total_limit',
    rule: whole(1, 100),
    default: checkpointDefaults.save_total_limit,
    optional: true,
    label: 'Checkpoints kept',
    help: 'Of one run; the oldest give way to newer ones.',
    part: 'advanced',
    kind: 'integer',
  },
} as const satisfies Record<'save_steps' | 'save_total_limit', SettingRow<number>>;
