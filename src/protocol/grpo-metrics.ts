/** The rows that GRPO adds to the table of metrics, by TRL's names; figures of single rewards (`rewards/accuracy/mean`) have their names from the run. */
import { formatLoss, formatPercent } from '../lib/format.ts';

const grpo = { of: 'step', optional: true, methods: ['grpo'] } as const;
const share = (value: number): string => formatPercent(value, 1);
const tokens = (value: number): string => value.toFixed(1);

export const grpoMetrics = {
  reward: {
    ...grpo,
    label: 'Reward',
    format: formatLoss,
    help: 'Mean over the answers of the batch, weights counted. Flat for many steps: nothing is learned, or all is known.',
    shown: true,
    strip: 'labelled',
    result: true,
    chart: { in: 'reward', color: '--mantine-color-anchor', line: 'reward', smoothed: true, best: 'high' },
  },
  reward_std: {
    ...grpo,
    label: 'Spread of rewards',
    format: formatLoss,
    help: 'Over all answers of the batch. At 0 no answer is better than another.',
    shown: true,
    chart: { in: 'reward_std', color: '--language-2' },
  },
  frac_reward_zero_std: {
    ...grpo,
    label: 'Groups without spread',
    format: share,
    help: 'Answers whose whole group was paid alike; they teach nothing. Above 80 % for long: prompts too easy or too hard.',
    shown: true,
    chart: { in: 'frac_reward_zero_std', color: '--language-3' },
  },
  'completions/mean_length': {
    ...grpo,
    label: 'Length of answers',
    format: tokens,
    help: 'Tokens, thoughts included.',
    shown: true,
    result: true,
    chart: { in: 'completions/mean_length', color: '--language-4' },
  },
  'completions/clipped_ratio': {
    ...grpo,
    label: 'Answers cut off',
    format: share,
    help: 'They reached max_completion_length. Often above 10 %: raise it.',
    shown: true,
    chart: { in: 'completions/clipped_ratio', color: '--language-5' },
  },
  kl: {
    ...grpo,
    label: 'KL divergence',
    format: formatLoss,
    help: 'From the model without its adapter; only where beta is not 0.',
    shown: true,
    chart: { in: 'kl', color: '--language-6' },
  },
  'clip_ratio/region_mean': {
    ...grpo,
    label: 'Tokens clipped',
    format: share,
    help: 'Share of tokens whose probability had moved beyond epsilon.',
    chart: { in: 'clip_ratio/region_mean', color: '--language-7' },
  },
  'clip_ratio/low_mean': { ...grpo, label: 'Clipped below', format: share },
  'clip_ratio/low_min': { ...grpo, label: 'Clipped below, least', format: share },
  'clip_ratio/high_mean': { ...grpo, label: 'Clipped above', format: share },
  'clip_ratio/high_max': { ...grpo, label: 'Clipped above, most', format: share },
  cispo_clip_ratio: { ...grpo, label: 'Ratios capped', format: share },
  'vespo/phi_seq_mean': { ...grpo, label: 'VESPO weight', format: formatLoss },
  'completions/min_length': { ...grpo, label: 'Shortest answer', format: tokens },
  'completions/max_length': { ...grpo, label: 'Longest answer', format: tokens },
  'completions/mean_terminated_length': { ...grpo, label: 'Length of ended answers', format: tokens },
  'completions/min_terminated_length': { ...grpo, label: 'Shortest ended answer', format: tokens },
  'completions/max_terminated_length': { ...grpo, label: 'Longest ended answer', format: tokens },
  unjudged: {
    ...grpo,
    label: 'Answers not judged',
    format: share,
    help: 'Answers that no reward could say anything of: no right answer in the row, or one that cannot be read.',
    shown: true,
  },
  generation_time: { ...grpo, label: 'Time to answer', format: (value: number) => `${value.toFixed(2)} s`, shown: true },
  generated_tokens: { ...grpo, label: 'Tokens generated', format: String },
} as const;
