/** The answers of a set, a page at a time: question, thought, answer, what each reward says with its reason, and whether it is kept. */
import { Group, NativeSelect, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { leastOf } from '../../../protocol/trace-settings.ts';
import { type ShownTrace, TRACE_REASONS, type TraceFilter, type TraceRecord } from '../../../protocol/traces.ts';
import { reasonCounts, TRACES_A_PAGE } from '../../../state/traces.ts';
import { lookAtTraces } from '../../../state/traces-actions.ts';
import { AnswerCard, AnswerPages, AnswerText, Judged, LanguageFilter } from '../../parts/answers.tsx';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import job from '../../parts/job.module.css';
import { LanguageChip } from '../../parts/language-chip.tsx';
import { rewardValue, Sentence, VerdictLine, Verdicts } from '../../parts/verdicts.tsx';
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
  return (
    <section ref={box} tabIndex={-1} aria-label="Answers" className={job.part} style={{ scrollMarginTop: 64 }} data-testid="trace-list">
      <Choices record={record} />
      {shown?.traces.map((one) => (
        <Trace key={`${one.trace.row}/${one.trace.sample}`} shown={one} record={record} />
      ))}
      {shown === null && reading && <Text size="sm">The answers are being read.</Text>}
      <AnswerPages
        total={shown?.total}
        perPage={TRACES_A_PAGE}
        page={view.page}
        turn={(page) => void lookAtTraces({ ...view, page }, true)}
      />
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
        <LanguageFilter
          label="Language asked for"
          value={view.language}
          languages={languages.map(([language, { done, kept }]) => ({
            language,
            label: `${language || 'None requested'}, ${formatInteger(kept)} of ${formatInteger(done)} kept`,
          }))}
          change={(language) => look({ language })}
          testId="trace-language"
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
    <AnswerCard
      label={`Answer ${sample + 1} to row ${row}`}
      testId="trace"
      language={
        <Group gap="sm">
          <LanguageChip language={language} full />
          {answer_language && (
            <Text size="xs" c="dimmed">
              answer in <Foreign text={answer_language} />
            </Text>
          )}
        </Group>
      }
      place={`Row ${formatInteger(row)}, answer ${sample + 1}`}
      question={question}
    >
      <Text size="sm" mt={4}>
        <Judged good={reason === null}>{reason === null ? 'Kept' : `Left out: ${TRACE_REASONS[reason].label}`}</Judged>
        {'. '}
        {reason !== null && `${TRACE_REASONS[reason].says} `}
        {gold !== null && (
          <>
            Right: <Sentence text={gold} />
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
      <AnswerText part="thought" of={whose} text={thinking} language={reason === 'thought-language' ? null : language} />
      <AnswerText part="answer" of={whose} text={content} language={reason === 'answer-language' ? null : answer_language} />
      <Verdicts>
        {Object.entries(trace.verdicts).map(([name, verdict]) => {
          const least = leastOf(name, record.settings.least);
          return <VerdictLine key={name} name={name} verdict={verdict} beside={least === null ? '' : ` (needs ${rewardValue(least)})`} />;
        })}
      </Verdicts>
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
    </AnswerCard>
  );
}
