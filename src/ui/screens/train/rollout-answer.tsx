/** One answer of a group: what it was paid in all and by each reward with the reason, what learning does with it, its thought and its words. */
import { Group, Text } from '@mantine/core';
import { formatPlural } from '../../../lib/format.ts';
import type { Verdict } from '../../../protocol/rewards.ts';
import { pushOf, type ShownRollout } from '../../../state/rollouts.ts';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import classes from './train.module.css';

const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2)).replace('-', '−');

/** `rewards`: their labels, in the order of the verdicts. */
export function RolloutAnswer({ answer, rewards }: { answer: ShownRollout; rewards: readonly string[] }) {
  const { sign, words } = pushOf(answer.advantage);
  return (
    <article className={classes.answer} data-testid="rollout" aria-label={`Answer ${answer.number}`}>
      <Group justify="space-between" gap="xs">
        <Text size="xs" fw={600} className="numbers">
          {answer.reward === null ? 'Not judged' : `Paid ${number(answer.reward)}`}
        </Text>
        <span className={classes.push} data-push={sign}>
          {answer.advantage > 0 ? '+' : ''}
          {number(answer.advantage)}, {words}
        </span>
      </Group>
      <Scroll className={classes.answerText} label={`Words of answer ${answer.number} to ${answer.question}`}>
        <Words label="Thought" text={answer.thinking} />
        <Words label="Answer" text={answer.content} />
        {answer.rest && <Words label="Outside of both" text={answer.rest} />}
      </Scroll>
      <ul className={classes.verdicts}>
        {answer.verdicts.map((verdict, index) => (
          <VerdictLine key={rewards[index]} label={rewards[index] ?? ''} verdict={verdict} />
        ))}
      </ul>
      <Text size="xs" c="dimmed">
        {formatPlural(answer.tokens, 'token')}
        {answer.stop === 'length' ? ', cut off' : ''}
      </Text>
    </article>
  );
}

function Words({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {text ? label : `${label}: none`}
      </Text>
      {text && (
        <p className={`reading ${classes.words}`} {...foreign(text)}>
          <Marked text={text} />
        </p>
      )}
    </div>
  );
}

function VerdictLine({ label, verdict: { value, why, parsed } }: { label: string; verdict: Verdict }) {
  return (
    <li>
      <strong className="numbers">
        {label}: {value === null ? 'nothing to say' : number(value)}
      </strong>
      {parsed ? (
        <>
          , read as <Foreign text={parsed} />
        </>
      ) : null}
      . <Marked text={why} />
    </li>
  );
}
