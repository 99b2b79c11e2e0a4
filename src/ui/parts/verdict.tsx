/** The planner's verdict in a word or two, in its colour. */
import { Text } from '@mantine/core';
import type { Verdict } from '../../protocol/training.ts';

const WORDS: Record<Verdict, { words: string; color: string }> = {
  fits: { words: 'Fits.', color: 'var(--good)' },
  tight: { words: 'Tight.', color: 'var(--warn)' },
  'does-not-fit': { words: 'Does not fit.', color: 'var(--bad)' },
};
const UNKNOWN = { words: 'Depends on your GPU.', color: 'inherit' };

/** `room`: the memory of the GPU, as its owner has said it; null: not said, and then what is tight depends on it. */
export function VerdictText({ verdict, room, testId }: { verdict: Verdict; room: number | null; testId?: string }) {
  const told = verdict === 'tight' && room === null ? UNKNOWN : WORDS[verdict];
  return (
    <Text component="span" size="sm" fw={600} c={told.color} data-testid={testId} data-verdict={verdict}>
      {told.words}
    </Text>
  );
}
