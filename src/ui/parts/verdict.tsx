/** The planner's verdict as a short label in its colour. */
import { Text } from '@mantine/core';
import type { Verdict } from '../../protocol/training.ts';

const LABELS: Record<Verdict, { label: string; color: string }> = {
  fits: { label: 'Fits.', color: 'var(--good)' },
  tight: { label: 'Tight.', color: 'var(--warn)' },
  'does-not-fit': { label: 'Does not fit.', color: 'var(--bad)' },
};
const UNKNOWN = { label: 'Depends on your GPU.', color: 'inherit' };

/** `gpuBytes`: the memory of the GPU as the user states it; null: not stated, and then "tight" depends on it. */
export function VerdictText({ verdict, gpuBytes, testId }: { verdict: Verdict; gpuBytes: number | null; testId?: string }) {
  const shown = verdict === 'tight' && gpuBytes === null ? UNKNOWN : LABELS[verdict];
  return (
    <Text component="span" size="sm" fw={600} c={shown.color} data-testid={testId} data-verdict={verdict}>
      {shown.label}
    </Text>
  );
}
