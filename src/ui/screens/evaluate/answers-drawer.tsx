/** The answers behind a number: question, gold, reasoning, answer, what was read as the answer, and why it is right or wrong. */
import { Drawer, Group, NativeSelect, Text, Title } from '@mantine/core';
import { formatPercent, formatPlural } from '../../../lib/format.ts';
import type { AnswerFilter, ShownAnswer } from '../../../protocol/evaluation-run.ts';
import { ANSWERS_A_PAGE, type AnswersView, nameOfLanguage } from '../../../state/evaluation.ts';
import { lookAtAnswers } from '../../../state/evaluation-actions.ts';
import { AnswerCard, AnswerPages, AnswerText, Judged, LanguageFilter } from '../../parts/answers.tsx';
import { Marked } from '../../parts/foreign.tsx';
import { Sentence } from '../../parts/verdicts.tsx';
import { useBusy, useEvaluation } from '../../use.ts';
import { RowName } from './figure-table.tsx';

const FILTERS: { value: AnswerFilter; label: string }[] = [
  { value: 'all', label: 'All answers' },
  { value: 'wrong', label: 'Wrong' },
  { value: 'right', label: 'Right' },
  { value: 'unreadable', label: 'No answer could be read' },
  { value: 'other-language', label: 'Reasoning in another language' },
  { value: 'cut', label: 'Cut off' },
];

export function AnswersDrawer() {
  const view = useEvaluation((e) => e.view);
  return (
    <Drawer.Root opened={view !== null} onClose={() => void lookAtAnswers(null)} position="right" size="min(720px, 100vw)">
      <Drawer.Overlay />
      <Drawer.Content aria-label="Answers" data-testid="answers-drawer">
        <Drawer.Body p="md">
          <Group justify="space-between" mb="sm">
            <Title order={2}>Answers</Title>
            <Drawer.CloseButton aria-label="Close the answers" />
          </Group>
          {view && <Inside view={view} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Inside({ view }: { view: AnswersView }) {
  const answers = useEvaluation((e) => e.answers);
  const reading = useBusy('evaluation-answers');
  return (
    <>
      <Choices view={view} />
      <Text size="sm" c="dimmed" my="xs" role="status" data-testid="answers-count">
        {answers ? formatPlural(answers.total, 'answer') : reading ? 'The answers are being read.' : ''}
      </Text>
      {answers?.answers.map((shown) => (
        <Answer key={`${shown.question.language}/${shown.question.id}/${shown.sample.sample}`} {...shown} />
      ))}
      <AnswerPages
        total={answers?.total}
        perPage={ANSWERS_A_PAGE}
        page={view.page}
        turn={(page) => void lookAtAnswers({ ...view, page })}
      />
    </>
  );
}

function Choices({ view }: { view: AnswersView }) {
  const table = useEvaluation((e) => (e.table?.record.id === view.evaluation ? e.table : e.beside));
  const languages = [...new Set(table?.record.questions.map(({ language }) => language))];
  const look = (change: Partial<AnswersView>): void => void lookAtAnswers({ ...view, ...change, page: 0 });
  return (
    <Group gap="xs">
      <NativeSelect
        size="xs"
        aria-label="Who answered"
        value={view.column}
        onChange={({ currentTarget: { value } }) => look({ column: value })}
        data={(table?.record.columns ?? []).map(({ id, label }) => ({ value: id, label }))}
      />
      <LanguageFilter
        label="Language of the question"
        value={view.language}
        languages={languages.map((language) => ({ language, label: nameOfLanguage(language) ?? 'not named' }))}
        change={(language) => look({ language })}
      />
      <NativeSelect
        size="xs"
        aria-label="Which answers"
        value={view.filter}
        onChange={({ currentTarget: { value } }) => look({ filter: value as AnswerFilter })} // one of the options below
        data={FILTERS}
        data-testid="answers-filter"
      />
    </Group>
  );
}

function Answer({ sample, question }: ShownAnswer) {
  const { right, parsed, why, thought, stop, tokens, thinking, answer } = sample;
  const language = nameOfLanguage(question.language);
  const place = `${question.file}, row ${question.row}${sample.sample > 0 ? `, sample ${sample.sample + 1}` : ''}`;
  return (
    <AnswerCard
      label={`Answer to ${question.question}`}
      testId="evaluated-answer"
      language={<RowName language={question.language} />}
      place={place}
      question={question.question}
      asked={language}
    >
      <Text size="sm" mt={4}>
        <Judged good={right}>{right === null ? 'Not scored' : right ? 'Right' : 'Wrong'}</Judged>
        {'. '}
        {question.gold !== null && (
          <>
            Gold: <Sentence text={question.gold} language={language} />{' '}
          </>
        )}
        {right !== null &&
          (parsed === null ? (
            'No answer could be read. '
          ) : (
            <>
              Read: <Sentence text={parsed} />
            </>
          ))}
      </Text>
      <Text size="xs" c="dimmed">
        <Marked text={why} />
      </Text>
      <AnswerText part="thought" of={place} text={thinking} language={language} share={thought?.share ?? null} />
      <AnswerText part="answer" of={place} text={answer} language={language} />
      <Text size="xs" c="dimmed" className="numbers">
        {formatPlural(tokens, 'token')}
        {stop === 'length' && ', cut off at the maximum'}
        {typeof thought?.share === 'number' && `; ${formatPercent(thought.share)} of the reasoning in the requested language`}
      </Text>
    </AnswerCard>
  );
}
