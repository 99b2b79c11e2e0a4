/** The answers behind a number: question, gold, reasoning, answer, what was read as the answer, and why it is right or wrong. */
import { Drawer, Group, NativeSelect, Pagination, Text, Title } from '@mantine/core';
import { formatPercent, formatPlural } from '../../../lib/format.ts';
import type { AnswerFilter, ShownAnswer } from '../../../protocol/evaluation-run.ts';
import { ANSWERS_A_PAGE, type AnswersView, nameOfLanguage } from '../../../state/evaluation.ts';
import { lookAtAnswers } from '../../../state/evaluation-actions.ts';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import { useBusy, useEvaluation } from '../../use.ts';
import classes from './evaluate.module.css';
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
  const pages = Math.ceil((answers?.total ?? 0) / ANSWERS_A_PAGE);
  return (
    <>
      <Choices view={view} />
      <Text size="sm" c="dimmed" mt="xs" role="status" data-testid="answers-count">
        {answers ? formatPlural(answers.total, 'answer') : reading ? 'The answers are being read.' : ''}
      </Text>
      {answers?.answers.map((shown) => (
        <Answer key={`${shown.question.language}/${shown.question.id}/${shown.sample.sample}`} {...shown} />
      ))}
      {answers?.total === 0 && (
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
          onChange={(page) => void lookAtAnswers({ ...view, page: page - 1 })}
          getControlProps={(control) => ({ 'aria-label': `${control} page` })}
          getItemProps={(number) => ({ 'aria-label': `Page ${number} of answers` })}
        />
      )}
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
      <NativeSelect
        size="xs"
        aria-label="Language of the question"
        value={view.language === null ? 'all' : `of ${view.language}`}
        onChange={({ currentTarget: { value } }) => look({ language: value === 'all' ? null : value.slice(3) })}
        data={[
          { value: 'all', label: 'All languages' },
          ...languages.map((language) => ({ value: `of ${language}`, label: nameOfLanguage(language) ?? 'not named' })),
        ]}
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
  return (
    <article className={classes.answer} data-testid="evaluated-answer" aria-label={`Answer to ${question.question}`}>
      <Group gap="xs" justify="space-between">
        <RowName language={question.language} />
        <Text size="xs" c="dimmed" className="numbers">
          {question.file}, row {question.row}
          {sample.sample > 0 && `, sample ${sample.sample + 1}`}
        </Text>
      </Group>
      <Title order={3} fz="sm" mt={4} className="reading">
        <Foreign text={question.question} language={language} />
      </Title>
      <Text size="sm" mt={4}>
        <strong className={classes.verdict} data-right={right === null ? 'unknown' : right ? 'yes' : 'no'}>
          {right === null ? 'Not scored' : right ? 'Right' : 'Wrong'}
        </strong>
        {'. '}
        {question.gold !== null && (
          <>
            Gold: <Foreign text={question.gold} language={language} />
            {'. '}
          </>
        )}
        {right !== null &&
          (parsed === null ? (
            'No answer could be read. '
          ) : (
            <>
              Read: <Foreign text={parsed} />
              {'. '}
            </>
          ))}
      </Text>
      <Text size="xs" c="dimmed">
        <Marked text={why} />
      </Text>
      <Part name="thought" label="Reasoning" text={thinking} language={language} share={thought?.share ?? null} />
      <Part name="answer" label="Answer" text={answer} language={language} share={null} />
      <Text size="xs" c="dimmed" className="numbers">
        {formatPlural(tokens, 'token')}
        {stop === 'length' && ', cut off at the maximum'}
        {typeof thought?.share === 'number' && `; ${formatPercent(thought.share)} of the reasoning in the requested language`}
      </Text>
    </article>
  );
}

interface PartProps {
  name: 'thought' | 'answer';
  label: string;
  text: string;
  language: string | null;
  share: number | null;
}

function Part({ name, label, text, language, share }: PartProps) {
  return (
    <>
      <Text size="xs" c="dimmed" mt={6}>
        {text ? label : `${label}: none`}
      </Text>
      {text && (
        <p className={`reading ${classes.words}`} data-part={name} {...foreign(text, language, share)}>
          <Marked text={text} />
        </p>
      )}
    </>
  );
}
