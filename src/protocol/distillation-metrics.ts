/** The rows that distillation adds to the table of metrics. Lengths of answers, and how long they take, it shares with GRPO (grpo-metrics.ts). */
import { formatLoss, formatPercent } from '../lib/format.ts';

const distillation = { of: 'step', optional: true, methods: ['distillation'] } as const;
const share = (value: number): string => formatPercent(value, 1);

export const distillationMetrics = {
  divergence: {
    ...distillation,
    label: 'Divergence',
    format: formatLoss,
    help: 'Between teacher and student, per token, in nats, after the clip. It falls as the student learns; near 0 there is nothing left to learn. Below 0 it can be only where jsd_token_clip cuts its positive entries.',
    shown: true,
    strip: 'labelled',
    result: true,
    chart: { in: 'divergence', color: '--mantine-color-anchor', line: 'divergence', smoothed: true },
  },
  clipped_share: {
    ...distillation,
    label: 'Divergence clipped',
    format: share,
    help: 'Share of the positive divergence that jsd_token_clip removes. Above one half: most of what the teacher has to say has no gradient.',
    healthy: { min: 0, max: 0.5 },
    shown: true,
    result: true,
    chart: { in: 'clipped_share', color: '--language-3' },
  },
  teacher_entropy: {
    ...distillation,
    label: 'Entropy of the teacher',
    format: formatLoss,
    help: 'Of its next token, in nats: how certain it is of what it would write.',
    shown: true,
    chart: { in: 'entropy', color: '--language-3', line: 'teacher', named: true, dash: 1 },
  },
  agreement: {
    ...distillation,
    label: 'Agreement',
    format: share,
    help: 'Share of the written tokens that the teacher would have written first.',
    shown: true,
    result: true,
    chart: { in: 'agreement', color: '--language-2' },
  },
} as const;
