/** How answers are verified: rewards, each with what it must at least pay, and checks; and which of those that pass are kept. */
import { Checkbox, Input, NumberInput, Select, Text } from '@mantine/core';
import { type RewardName, rewardTable } from '../../../protocol/rewards.ts';
import { LEAST, leastOf, TRACE_CHECKS } from '../../../protocol/trace-settings.ts';
import type { TraceChecks, TraceSettings } from '../../../protocol/traces.ts';
import { weightOf, withWeight } from '../../../state/chosen-rewards.ts';
import { chooseTraces, withLeast } from '../../../state/traces.ts';
import { tracesProblemAt } from '../../../state/traces-actions.ts';
import job from '../../parts/job.module.css';
import { RewardList } from '../../parts/reward-list.tsx';
import { useTraces } from '../../use.ts';
import classes from './making.module.css';

/** They say whether an answer is right. */
const FIRST: readonly RewardName[] = ['accuracy', 'code', 'own'];

/** Checks by the share of a text that is in its language. */
const SHARES: Readonly<Partial<Record<keyof TraceChecks, RewardName>>> = {
  thought_language: 'language',
  answer_language: 'answer_language',
};

export function Verified() {
  const chosen = useTraces((t) => t.chosen);
  const problem = ['reward_funcs', 'reward_weights', 'least'].map(tracesProblemAt).filter(Boolean).join(' ');
  return (
    <div className={job.part}>
      <Input.Wrapper
        label="Verified by"
        labelElement="div"
        size="xs"
        description="An answer passes where each of these pays at least what stands beside it."
        error={problem || undefined}
      >
        <RewardList
          chosen={chosen}
          change={chooseTraces}
          first={FIRST}
          beside={(name) => (
            <>
              <Least name={name} />
              {chosen.keep === 'best' && <Weight name={name} />}
            </>
          )}
        />
      </Input.Wrapper>
      {chosen.reward_funcs.length === 0 && (
        <Text size="xs" c="var(--warn)" mt={4}>
          Without a reward, wrong answers are kept as well.
        </Text>
      )}
      <Checks />
    </div>
  );
}

function Least({ name }: { name: RewardName }) {
  const least = useTraces((t) => t.chosen.least);
  const value = leastOf(name, least);
  return (
    <NumberInput
      size="xs"
      w={92}
      flex="none"
      prefix="≥ "
      aria-label={`Least that “${rewardTable[name].label}” must pay`}
      title="What it must at least pay"
      value={value ?? ''}
      placeholder={LEAST[name] === undefined ? 'any' : `≥ ${LEAST[name]}`}
      step={0.1}
      onChange={(next) => chooseTraces({ least: withLeast(least, name, typeof next === 'number' ? next : undefined) })}
      data-testid={`least-${name}`}
    />
  );
}

function Weight({ name }: { name: RewardName }) {
  const chosen = useTraces((t) => t.chosen);
  const weight = weightOf(chosen, name);
  return (
    <NumberInput
      size="xs"
      w={86}
      flex="none"
      prefix="× "
      aria-label={`Weight of “${rewardTable[name].label}” in the choice of the best`}
      value={weight}
      step={0.1}
      onChange={(next) => typeof next === 'number' && chooseTraces(withWeight(chosen, name, next))}
    />
  );
}

function Checks() {
  const { checks, reward_funcs } = useTraces((t) => t.chosen);
  const problem = tracesProblemAt('checks.thought');
  return (
    <Input.Wrapper label="Each of these must hold as well" labelElement="div" size="xs" mt={10} error={problem || undefined}>
      <div className={classes.checks}>
        {(Object.keys(TRACE_CHECKS) as (keyof TraceChecks)[]).map((name) => {
          const share = SHARES[name];
          return (
            <div key={name} data-share={share !== undefined || undefined}>
              <Checkbox
                size="xs"
                label={TRACE_CHECKS[name].label}
                title={TRACE_CHECKS[name].help}
                checked={checks[name]}
                onChange={({ currentTarget: { checked } }) => chooseTraces({ checks: { ...checks, [name]: checked } })}
                data-testid={`check-${name}`}
              />
              {share && checks[name] && !reward_funcs.includes(share) && <Least name={share} />}
            </div>
          );
        })}
      </div>
    </Input.Wrapper>
  );
}

const KEEP_LABELS: Readonly<Record<TraceSettings['keep'], string>> = {
  first: 'the first of each row',
  best: 'the best of each row',
  all: 'all of them',
};

export function Keeping() {
  const { keep, most_per_language } = useTraces((t) => t.chosen);
  return (
    <div className={job.part}>
      <KeepingInputs keep={keep} most_per_language={most_per_language} change={chooseTraces} prefix="traces" />
      {keep === 'best' && (
        <Text size="xs" c="dimmed" mt={6}>
          The best is the one with the largest sum of what rewards pay, each times its weight.
        </Text>
      )}
    </div>
  );
}

interface KeepingProps extends Pick<TraceSettings, 'keep' | 'most_per_language'> {
  change: (choice: Partial<Pick<TraceSettings, 'keep' | 'most_per_language'>>) => void;
  prefix: string;
}

/** Before a making, and of one that is there. */
export function KeepingInputs({ keep, most_per_language: most, change, prefix }: KeepingProps) {
  const balance = most === null ? 'none' : most === 'even' ? 'even' : 'most';
  return (
    <div className={job.fields} style={{ gridTemplateColumns: 'repeat(auto-fill, minmax(170px, 1fr))' }}>
      <Select
        size="xs"
        label="Of those that pass"
        allowDeselect={false}
        value={keep}
        data={Object.entries(KEEP_LABELS).map(([value, label]) => ({ value, label }))}
        onChange={(value) => value && change({ keep: value as TraceSettings['keep'] })} // one of the options
        data-testid={`${prefix}-keep`}
      />
      <Select
        size="xs"
        label="Languages"
        allowDeselect={false}
        value={balance}
        data={[
          { value: 'none', label: 'as they come' },
          { value: 'even', label: 'as many as of the rarest' },
          { value: 'most', label: 'at most a number' },
        ]}
        onChange={(value) => change({ most_per_language: value === 'even' ? 'even' : value === 'most' ? 100 : null })}
        data-testid={`${prefix}-balance`}
      />
      {typeof most === 'number' && (
        <NumberInput
          size="xs"
          label="At most of each"
          min={1}
          value={most}
          onChange={(value) => typeof value === 'number' && change({ most_per_language: Math.max(1, Math.round(value)) })}
          data-testid={`${prefix}-most`}
        />
      )}
    </div>
  );
}
