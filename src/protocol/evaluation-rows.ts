/**
 * The rows of the settings table about evaluations on questions while a run goes on, by transformers' names where it has them (5.18: eval_on_start,
 * load_best_model_at_end, metric_for_best_model, EarlyStoppingCallback's two); those about questions are ours.
 */
import { flag, number, oneOf, orNull, whole } from './rules.ts';
import type { SettingPath, SettingRow, SettingValue } from './setting-row.ts';

type EvaluationPath = Extract<
  SettingPath,
  | 'eval_on_start'
  | 'eval_questions'
  | 'eval_max_new_tokens'
  | 'load_best_model_at_end'
  | 'metric_for_best_model'
  | 'early_stopping_patience'
  | 'early_stopping_threshold'
>;

export const evaluationRows: { readonly [P in EvaluationPath]: SettingRow<SettingValue<P>> } = {
  eval_on_start: {
    name: 'eval_on_start',
    rule: flag,
    default: false,
    optional: true,
    label: 'Evaluate before the first step',
    help: 'Shows where the run began.',
    part: 'advanced',
    kind: 'switch',
  },
  eval_questions: {
    name: 'eval_questions',
    rule: whole(0, 1000),
    default: 0,
    optional: true,
    label: 'Questions at every evaluation',
    help: 'Of each language, from the set chosen under Evaluate; 0: none. Each is answered once, greedily.',
    part: 'advanced',
    kind: 'integer',
  },
  eval_max_new_tokens: {
    name: 'eval_max_new_tokens',
    rule: whole(1, 2 ** 20),
    default: 256,
    optional: true,
    label: 'Longest answer to a question',
    help: 'In tokens, reasoning included; longer answers are cut off and count as wrong.',
    part: 'advanced',
    kind: 'integer',
  },
  load_best_model_at_end: {
    name: 'load_best_model_at_end',
    rule: flag,
    default: false,
    optional: true,
    label: 'End with the best evaluation’s adapter',
    help: 'Instead of the last step’s.',
    part: 'advanced',
    kind: 'switch',
  },
  metric_for_best_model: {
    name: 'metric_for_best_model',
    rule: orNull(oneOf('loss', 'accuracy', 'adherence', 'format')),
    default: null,
    optional: true,
    label: 'Best by',
    help: 'Right answers where questions are asked, else the evaluation loss.',
    part: 'advanced',
    kind: 'choice',
    choiceLabels: { accuracy: 'right answers', adherence: 'reasoning in the language', format: 'answers that can be read' },
  },
  early_stopping_patience: {
    name: 'early_stopping_patience',
    rule: whole(0, 1000),
    default: 0,
    optional: true,
    label: 'Stop early after',
    help: 'Evaluations in a row that are no better than the best; 0: never.',
    part: 'advanced',
    kind: 'integer',
  },
  early_stopping_threshold: {
    name: 'early_stopping_threshold',
    rule: number({ from: 0, to: 1000 }),
    default: 0,
    optional: true,
    label: 'Better by at least',
    help: 'Smaller gains count as none for stopping early.',
    part: 'advanced',
    kind: 'number',
    step: 0.01,
  },
};
