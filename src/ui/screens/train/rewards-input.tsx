/** The rewards of GRPO, each with its weight in the sum; a program of one's own can be tried at once. */
import { Button, Group, Input, NumberInput } from '@mantine/core';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import { type RewardName, rewardTable } from '../../../protocol/rewards.ts';
import { type ChosenRewards, weightOf, withWeight } from '../../../state/chosen-rewards.ts';
import { tryOnRows } from '../../../state/reward-tryout.ts';
import { problemAt, setSetting } from '../../../state/settings.ts';
import { RewardList } from '../../parts/reward-list.tsx';
import { useFacts, useSettings, useTryout } from '../../use.ts';
import type { FieldProps } from './field-input.tsx';

export function RewardsInput({ shared }: FieldProps) {
  const model = useFacts((f) => f.model);
  const weights = useSettings((s) => problemAt(s.settings, model, 'grpo.reward_weights'));
  const chosen = useSettings((s) => s.settings.grpo ?? grpoDefaults);
  const ownError = useTryout((t) => (t.error?.startsWith('Your own reward') ? t.error : ''));
  return (
    <Input.Wrapper
      {...shared}
      style={{ gridColumn: '1 / -1' }}
      labelElement="div"
      error={[shared.error, weights].filter(Boolean).join(' ') || undefined}
    >
      <RewardList chosen={chosen} change={take} beside={(name) => <Weight name={name} />} ownError={ownError} ownFoot={<TryOwn />} />
    </Input.Wrapper>
  );
}

function take(part: Partial<ChosenRewards>): void {
  for (const [name, value] of Object.entries(part)) setSetting(`grpo.${name as keyof ChosenRewards}`, value);
}

function Weight({ name }: { name: RewardName }) {
  const grpo = useSettings((s) => s.settings.grpo ?? grpoDefaults);
  const weight = weightOf(grpo, name);
  return (
    <NumberInput
      size="xs"
      w={86}
      flex="none"
      aria-label={`Weight of “${rewardTable[name].label}”`}
      value={Number.isFinite(weight) ? weight : ''}
      step={0.1}
      onChange={(next) => take(withWeight(grpo, name, next === '' ? Number.NaN : Number(next)))}
    />
  );
}

function TryOwn() {
  const busy = useTryout((t) => t.busy);
  return (
    <Group gap="xs" my={6}>
      <Button size="compact-xs" variant="default" loading={busy} onClick={() => void tryOnRows()} data-testid="try-own">
        Try on three rows
      </Button>
    </Group>
  );
}
