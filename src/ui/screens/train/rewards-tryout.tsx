/**
 * The chosen rewards on rows of the dataset, before a run: question, answer, what each reward read and paid and why, and the sum. The answer can be
 * rewritten, to see what a model could be paid for.
 */
import { Button, Group, Paper, Stack, Text, Textarea, Title } from '@mantine/core';
import { formatInteger } from '../../../lib/format.ts';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import type { TriedCell, Verdict } from '../../../protocol/rewards.ts';
import { languageTitle, readAs } from '../../../state/languages.ts';
import { aboutTryout, TRIED_ROWS, tryOnRows, writeAnswer } from '../../../state/reward-tryout.ts';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import { rewardLabel } from '../../parts/verdicts.tsx';
import { useFacts, useSettings, useTryout } from '../../use.ts';
import classes from './train.module.css';

const number = (value: number): string => String(Number(value.toFixed(2))).replace('-', '−');

export function RewardsTryout() {
  const dataset = useFacts((f) => f.dataset);
  const model = useFacts((f) => f.model);
  const tryout = useTryout((t) => t);
  const old = useSettings((s) => aboutTryout(s.settings.grpo ?? grpoDefaults, tryout) !== tryout.about);
  const { start, cells, error, busy } = tryout;
  const rows = dataset?.rows ?? 0;
  const ready = dataset !== null && model !== null && dataset.schema !== 'unknown';
  return (
    <Paper className="panel" p="md" data-testid="tryout">
      <Title order={2} mb={4}>
        Rewards on rows
      </Title>
      <Text size="xs" c="dimmed" className="reading" mb="xs">
        What the chosen rewards pay for answers that are there already, before anything is trained. Rewrite an answer to see what else would
        be paid.
      </Text>
      <Group gap="xs">
        <Button size="compact-sm" disabled={!ready} loading={busy} onClick={() => void tryOnRows()} data-testid="try-rows">
          {cells || error ? 'Try again' : 'Try on three rows'}
        </Button>
        {cells && (
          <>
            <Button
              size="compact-sm"
              variant="default"
              disabled={busy || start === 0}
              onClick={() => void tryOnRows(Math.max(0, start - TRIED_ROWS))}
            >
              Rows before
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              disabled={busy || start + TRIED_ROWS >= rows}
              onClick={() => void tryOnRows(start + TRIED_ROWS)}
              data-testid="try-next"
            >
              Next rows
            </Button>
          </>
        )}
      </Group>
      {!ready && (
        <Text size="sm" mt="xs">
          It needs a model and a dataset whose columns are known.
        </Text>
      )}
      {error && (
        <Text size="sm" mt="xs" c="var(--bad)" role="alert" data-testid="tryout-error">
          {error}
        </Text>
      )}
      {cells && old && (
        <Text size="sm" mt="xs" role="status" data-testid="tryout-old">
          Something changed since these were judged; try again.
        </Text>
      )}
      {cells && (
        <Stack gap={0} mt="sm">
          {cells.map((cell, at) => (
            <Tried key={cell.row} cell={cell} index={start + at} />
          ))}
        </Stack>
      )}
    </Paper>
  );
}

function Tried({ cell, index }: { cell: TriedCell; index: number }) {
  const { row, question, gold, reasoning_language, answer_language, problem, verdicts } = cell;
  return (
    <section className={classes.group} aria-label={`Row ${row}`} data-testid="tried">
      <Title order={3} fz="sm">
        Row {formatInteger(row)}: <Foreign text={question} />
      </Title>
      <Text size="xs" c="dimmed" mb={4}>
        {gold === null ? (
          'No right answer in the row'
        ) : (
          <>
            Right: <Foreign text={gold} />
          </>
        )}
        {reasoning_language && ` · to be thought in ${languageTitle(reasoning_language)}`}
        {answer_language && ` · to be answered in ${languageTitle(answer_language)}`}
      </Text>
      <Answer cell={cell} index={index} />
      {problem && (
        <Text size="sm" c="var(--warn)">
          {problem}
        </Text>
      )}
      {verdicts.length > 0 && <Verdicts cell={cell} />}
    </section>
  );
}

function Answer({ cell, index }: { cell: TriedCell; index: number }) {
  const text = useTryout((t) => t.texts[index]);
  const value = text ?? cell.own;
  return (
    <>
      <Textarea
        size="xs"
        label={text === undefined ? 'The row’s own answer' : 'Your text'}
        classNames={{ input: classes.code! }}
        {...foreign(value)}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        value={value}
        onChange={(event) => writeAnswer(index, event.currentTarget.value)}
        data-testid="tried-answer"
      />
      {text !== undefined && (
        <Button size="compact-xs" variant="default" mt={4} onClick={() => writeAnswer(index, undefined)}>
          Back to the row’s own answer
        </Button>
      )}
    </>
  );
}

function Verdicts({ cell: { verdicts, paid, sum, row } }: { cell: TriedCell }) {
  const { rewards, weights } = useTryout((t) => t);
  return (
    <table className={classes.tried} aria-label={`What row ${row} is paid`}>
      <thead>
        <tr>
          <th scope="col">Reward</th>
          <th scope="col">Read as</th>
          <th scope="col">Value</th>
          <th scope="col">Weight</th>
          <th scope="col">Paid</th>
        </tr>
      </thead>
      <tbody>
        {verdicts.map((verdict, at) => (
          <VerdictRows key={rewards[at]} reward={rewards[at] ?? ''} verdict={verdict} weight={weights[at] ?? 1} paid={paid[at] ?? null} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={4}>
            Sum
          </th>
          <td className="numbers">{sum === null ? 'not judged' : number(sum)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

interface VerdictProps {
  reward: string;
  verdict: Verdict;
  weight: number;
  paid: number | null;
}

function VerdictRows({ reward, verdict: { value, why, parsed }, weight, paid }: VerdictProps) {
  const read = parsed ? readAs(reward, parsed) : null;
  return (
    <>
      <tr>
        <th scope="row">{rewardLabel(reward)}</th>
        <td>{read ? <Foreign text={read.text} language={read.language ?? null} /> : '–'}</td>
        <td className="numbers">{value === null ? 'not judged' : number(value)}</td>
        <td className="numbers">{number(weight)}</td>
        <td className="numbers">{paid !== null ? number(paid) : value === null ? '–' : 'multiplied'}</td>
      </tr>
      <tr>
        <td colSpan={5} className={classes.why}>
          <Marked text={why} />
        </td>
      </tr>
    </>
  );
}
