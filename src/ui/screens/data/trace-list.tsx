/** The answers of a set, a page at a time: question, thought, answer, what each reward says with its reason, and whether it is kept. */
import { Group, NativeSelect, Pagination, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { rewardNamed } from '../../../protocol/reward-problems.ts';
import { type RewardName, rewardTable } from '../../../protocol/rewards.ts';
import { leastOf } from '../../../protocol/trace-settings.ts';
import { type ShownTrace, TRACE_REASONS, type TraceFilter, type TraceRecord } from '../../../protocol/traces.ts';
import { readAs } from '../../../state/languages.ts';
import { reasonCounts, TRACES_A_PAGE } from '../../../state/traces.ts';
import { lookAtTraces } from '../../../state/traces-actions.ts';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import { LanguageChip } from '../../parts/language-chip.tsx';
import { useBusy, useTraces } from '../../use.ts';
import classes from './making.module.css';

export function TraceList({ record }: { record: TraceRecord }) {
  const view = useTraces((t) => t.view);
  const shown = useTraces((t) => t.shown);
  const asked = useTraces((t) => t.asked);
  const reading = useBusy('shown-traces');
  const box = useRef<HTMLElement>(null);
  const seen = useRef(asked);
  useEffect(() => {
    if (asked === seen.current) return;
    seen.current = asked;
    box.current?.scrollIntoView({ block: 'start' });
    box.current?.focus({ preventScroll: true });
  }, [asked]);
  const pages = Math.ceil((shown?.total ?? 0) / TRACES_A_PAGE);
  return (
    <section ref={box} tabIndex={-1} aria-label="Answers" className={classes.part} style={{ scrollMarginTop: 64 }} data-testid="trace-list">
      <Choices record={record} />
      {shown?.traces.map((one) => (
        <Trace key={`${one.trace.row}/${one.trace.sample}`} shown={one} record={record} />
      ))}
      {shown === null && reading && <Text size="sm">The answers are being read.</Text>}
      {shown?.total === 0 && (
        <Text size="sm" mt="sm">
          No answer is among these; choose other ones above.
        </Text>
      )}
      {pages > 1 && (
        <Pagination
          size="sm"
          mt="sm"
          total={pages}
          value={view.page + 1}
          onChange={(page) => void lookAtTraces({ ...view, page: page - 1 }, true)}
          getControlProps={(control) => ({ 'aria-label': `${control} page` })}
          getItemProps={(number) => ({ 'aria-label': `Page ${number} of answers` })}
        />
      )}
    </section>
  );
}

function Choices({ record }: { record: TraceRecord }) {
  const view = useTraces((t) => t.view);
  const total = useTraces((t) => t.shown?.total);
  const languages = Object.entries(record.languages);
  const look = (change: Partial<typeof view>): void => void lookAtTraces({ ...view, ...change, page: 0 });
  const filters: { value: TraceFilter; label: string }[] = [
    { value: 'all', label: 'All answers' },
    { value: 'kept', label: 'Kept' },
    { value: 'left-out', label: 'Left out' },
    ...(record.suspicious > 0 ? [{ value: 'suspicious' as const, label: 'Kept, and worth a look' }] : []),
    ...reasonCounts(record).map(({ reason, label }) => ({ value: reason, label: `Left out: ${label}` })),
  ];
  // What is chosen stays to be chosen, though none is left of it.
  if (!filters.some(({ value }) => value === view.filter))
    filters.push({ value: view.filter, label: view.filter in TRACE_REASONS ? `Left out: ${view.filter}` : 'Kept, and worth a look' });
  return (
    <Group gap="xs" align="center">
      <NativeSelect
        size="xs"
        aria-label="Which answers"
        value={view.filter}
        onChange={({ currentTarget: { value } }) => look({ filter: value as TraceFilter })} // one of the options below
        data={filters}
        data-testid="trace-filter"
      />
      {languages.length > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Language asked for"
          value={view.language === null ? 'all' : `of ${view.language}`}
          onChange={({ currentTarget: { value } }) => look({ language: value === 'all' ? null : value.slice(3) })}
          data={[
            { value: 'all', label: 'All languages' },
            ...languages.map(([language, { done, kept }]) => ({
              value: `of ${language}`,
              label: `${language || 'None requested'}, ${formatInteger(kept)} of ${formatInteger(done)} kept`,
            })),
          ]}
          data-testid="trace-language"
        />
      )}
      <Text size="xs" c="dimmed" className="numbers" role="status" data-testid="trace-count">
        {total === undefined ? '' : formatPlural(total, 'answer')}
      </Text>
    </Group>
  );
}

function Trace({ shown: { trace, prompt }, record }: { shown: ShownTrace; record: TraceRecord }) {
  const { row, sample, question, gold, language, answer_language, thinking, content, stop, tokens, reason, why, suspicious } = trace;
  const whose = `answer ${sample + 1} to row ${row}`;
  return (
    <article className={classes.trace} data-testid="trace" aria-label={`Answer ${sample + 1} to row ${row}`}>
      <Group gap="xs" justify="space-between">
        <Group gap="sm">
          <LanguageChip language={language} full />
          {answer_language && (
            <Text size="xs" c="dimmed">
              answer in <Foreign text={answer_language} />
            </Text>
          )}
        </Group>
        <Text size="xs" c="dimmed" className="numbers">
          Row {formatInteger(row)}, answer {sample + 1}
        </Text>
      </Group>
      <Title order={3} fz="sm" mt={4} className="reading">
        <Foreign text={question} />
      </Title>
      <Text size="sm" mt={4}>
        <strong className={classes.verdict} data-kept={reason === null}>
          {reason === null ? 'Kept' : `Left out: ${TRACE_REASONS[reason].label}`}
        </strong>
        {'. '}
        {reason !== null && `${TRACE_REASONS[reason].says} `}
        {gold !== null && (
          <>
            Right: <Foreign text={gold} />
            {stopAfter(gold)}
          </>
        )}
      </Text>
      {why !== '' && (
        <Text size="xs" c="dimmed">
          <Marked text={why} />
        </Text>
      )}
      {suspicious !== undefined && (
        <Text size="xs" c="var(--warn)">
          Worth a look: <Marked text={suspicious} />
        </Text>
      )}
      <Words part="thought" label="Reasoning" of={whose} text={thinking} language={reason === 'thought-language' ? null : language} />
      <Words part="answer" label="Answer" of={whose} text={content} language={reason === 'answer-language' ? null : answer_language} />
      <Verdicts shown={trace} record={record} />
      <Text size="xs" c="dimmed" className="numbers">
        {formatPlural(tokens, 'token')}
        {stop === 'length' && ', cut off'}, seed {trace.seed}
      </Text>
      {prompt && (
        <details className={classes.prompt}>
          <summary>As the model was asked, {formatPlural(prompt.tokens, 'token')}</summary>
          <pre {...foreign(prompt.text)}>
            <Marked text={prompt.text} />
          </pre>
        </details>
      )}
    </article>
  );
}

interface WordsProps {
  part: 'thought' | 'answer';
  label: string;
  /** "answer 2 to row 17": names the region, of which there are many. */
  of: string;
  text: string;
  language: string | null;
}

function Words({ part, label, of, text, language }: WordsProps) {
  return (
    <>
      <Text size="xs" c="dimmed" mt={6}>
        {text ? label : `${label}: none`}
      </Text>
      {text && (
        <section
          className={`reading ${classes.words}`}
          data-part={part}
          aria-label={`${label}: ${of}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          {...foreign(text, language)}
        >
          <Marked text={text} />
        </section>
      )}
    </>
  );
}

const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2)).replace('-', '−');

function Verdicts({ shown: { verdicts }, record: { settings } }: { shown: ShownTrace['trace']; record: TraceRecord }) {
  return (
    <ul className={classes.rewards}>
      {Object.entries(verdicts).map(([name, { value, why, parsed }]) => {
        const read = parsed ? readAs(name, parsed) : null;
        const least = leastOf(name, settings.least);
        return (
          <li key={name}>
            <strong className="numbers">
              {labelOf(name)}: {value === null ? 'nothing to say' : number(value)}
              {least !== null && ` (needs ${number(least)})`}
            </strong>
            {read && (
              <>
                , read as <Foreign text={read.text} language={read.language ?? null} />
              </>
            )}
            {read ? stopAfter(read.text) : '.'} <Marked text={why} />
          </li>
        );
      })}
    </ul>
  );
}

/** A full stop, where the text does not end with one. */
const stopAfter = (text: string): string => (/[.!?。！？؟।]$/u.test(text) ? '' : '.');

function labelOf(given: string): string {
  const name: RewardName | null = rewardNamed(given);
  return name === null ? given : rewardTable[name].label;
}
