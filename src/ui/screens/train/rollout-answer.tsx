/** One answer of a group: what it was paid in all and by each reward with the reason, or how far the teacher is from it; what learning does with it, its thought and its words. */
import { Group, Text } from '@mantine/core';
import { formatPlural } from '../../../lib/format.ts';
import type { TokenPlace } from '../../../protocol/rollouts.ts';
import { LEFT_OUT, pushOf, type ShownRollout } from '../../../state/rollouts.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { rewardValue, VerdictLine, Verdicts } from '../../parts/verdicts.tsx';
import { RolloutTokens } from './rollout-tokens.tsx';
import classes from './train.module.css';

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

interface Props {
  answer: ShownRollout;
  /** In the order of the verdicts. */
  rewards: readonly { readonly name: string; readonly weight: number }[];
  /** Of pushes (state/token-pushes.ts). */
  scale: number;
  /** That its group was paid alike is said of the group. */
  alike: boolean;
}

export function RolloutAnswer({ answer, rewards, scale, alike }: Props) {
  const { sign, words } = pushOf(answer.left_out ? 0 : answer.advantage);
  return (
    <article className={classes.answer} data-testid="rollout" aria-label={`Answer ${answer.number}`}>
      {rewards.length > 0 ? (
        <Group justify="space-between" gap="xs">
          <Text size="xs" fw={600} className="numbers">
            {answer.reward === null ? 'Not judged' : `Paid ${rewardValue(answer.reward)}`}
          </Text>
          <span className={classes.push} data-push={sign}>
            {answer.advantage > 0 ? '+' : ''}
            {rewardValue(answer.advantage)}, {words}
          </span>
        </Group>
      ) : (
        <Text size="xs" fw={600} className="numbers">
          {answer.given ? 'The dataset’s own answer' : 'Its own answer'}
          {answer.divergences && `, ${meanOf(answer.divergences.divergence).toFixed(3).replace('-', '−')} nats a token`}
        </Text>
      )}
      {answer.left_out && !(alike && answer.left_out === 'alike') && (
        <Text size="xs" c="dimmed" data-testid="left-out">
          Left out: {LEFT_OUT[answer.left_out]}.
        </Text>
      )}
      {answer.changes || answer.divergences ? <RolloutTokens answer={answer} scale={scale} /> : <Texts answer={answer} />}
      <Verdicts>
        {rewards.map(({ name, weight }, index) => {
          const verdict = answer.verdicts[index]!;
          const times = verdict.value !== null && weight !== 1;
          return <VerdictLine key={name} name={name} verdict={verdict} beside={times ? ` × ${rewardValue(weight)}` : ''} />;
        })}
      </Verdicts>
      <Text size="xs" c="dimmed">
        {formatPlural(answer.tokens, 'token')}
        {answer.stop === 'length' ? ', cut off' : ''}
      </Text>
    </article>
  );
}

function Texts({ answer }: { answer: ShownRollout }) {
  return (
    <Scroll className={classes.answerText} label={`Words of answer ${answer.number} to ${answer.question}`}>
      <Words label="Thought" place="thinking" text={answer.thinking} />
      <Words label="Answer" place="content" text={answer.content} />
      {answer.rest && <Words label="Outside of both" place="rest" text={answer.rest} />}
    </Scroll>
  );
}

function Words({ label, place, text }: { label: string; place: TokenPlace; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {text ? label : `${label}: none`}
      </Text>
      {text && (
        <p className={`reading ${classes.words}`} data-place={place} {...foreign(text)}>
          <Marked text={text} />
        </p>
      )}
    </div>
  );
}
