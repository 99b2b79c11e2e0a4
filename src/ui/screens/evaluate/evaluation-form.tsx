/** What is asked: the questions, their languages, which columns answer, how many samples and how they are drawn; what it comes to, and the start. */
import { Button, Checkbox, Group, NativeSelect, NumberInput, Paper, Select, Text, Title } from '@mantine/core';
import { formatPlural } from '../../../lib/format.ts';
import { offeredLanguages } from '../../../lib/language/languages.ts';
import { BASE } from '../../../protocol/evaluation-run.ts';
import { fittingAdapters } from '../../../state/compare-rows.ts';
import { choose, nameOfLanguage, type ReasoningKind, STANDING } from '../../../state/evaluation.ts';
import { chosenProblems, forecast, startEvaluation } from '../../../state/evaluation-actions.ts';
import { languageTitle } from '../../../state/languages.ts';
import { Foreign } from '../../parts/foreign.tsx';
import job from '../../parts/job.module.css';
import { StartJob, useJobObstacle } from '../../parts/job-start.tsx';
import { LanguageDot, LanguageName } from '../../parts/language-chip.tsx';
import { SamplingButton } from '../../parts/sampling-inputs.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { hashOf } from '../../router.ts';
import { useBusy, useEvaluation, useFacts } from '../../use.ts';
import classes from './evaluate.module.css';
import { QuestionSource } from './question-source.tsx';

export function EvaluationForm() {
  return (
    <Paper className="panel" px="md" py="sm" data-testid="evaluation-form">
      <Title order={2}>Questions</Title>
      <QuestionSource />
      <LanguagesChoice />
      <Title order={2} mt="md">
        Who answers
      </Title>
      <ColumnsChoice />
      <div className={job.fields} style={{ marginTop: 12 }}>
        <Counts />
      </div>
      <Reasoning />
      <Sampling />
      <Start />
    </Paper>
  );
}

function LanguagesChoice() {
  const languages = useEvaluation((e) => e.set?.languages);
  const chosen = useEvaluation((e) => e.chosen.languages);
  const all = Object.entries(languages ?? {});
  if (all.length === 0 || (all.length === 1 && all[0]![0] === '')) return null;
  const set = (next: string[]): void =>
    choose({ languages: all.map(([language]) => language).filter((language) => next.includes(language)) });
  return (
    <div style={{ marginTop: 10 }}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={500}>
          Languages
        </Text>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          onClick={() => set(chosen.length === all.length ? [] : all.map(([language]) => language))}
        >
          {chosen.length === all.length ? 'None' : `All ${all.length}`}
        </Button>
      </Group>
      <Scroll label="Languages of the questions" className={classes.languages} testId="evaluation-languages">
        {all.map(([language, count]) => (
          <Checkbox
            key={language}
            size="xs"
            checked={chosen.includes(language)}
            onChange={({ currentTarget: { checked } }) => set(checked ? [...chosen, language] : chosen.filter((one) => one !== language))}
            label={
              <Group gap={5} wrap="nowrap" title={languageTitle(nameOfLanguage(language))}>
                <LanguageDot language={nameOfLanguage(language)} />
                {language === '' ? 'not named' : <LanguageName language={nameOfLanguage(language)} />}
                <Text component="span" size="xs" c="dimmed" className="numbers">
                  {count}
                </Text>
              </Group>
            }
            data-testid={`evaluate-language-${language}`}
          />
        ))}
      </Scroll>
    </div>
  );
}

function ColumnsChoice() {
  const columns = useEvaluation((e) => e.chosen.columns);
  const standing = useFacts((f) => f.adapter);
  const kept = useFacts((f) => f.kept);
  const others = fittingAdapters(kept).filter((one) => !(standing && one.standing));
  const box = (id: string, label: React.ReactNode, testId: string) => (
    <Checkbox
      key={id}
      size="xs"
      label={label}
      checked={columns.includes(id)}
      onChange={({ currentTarget: { checked } }) => choose({ columns: checked ? [...columns, id] : columns.filter((one) => one !== id) })}
      data-testid={testId}
    />
  );
  return (
    <Scroll label="Who answers" className={job.who}>
      {box(BASE, 'Base model', 'evaluate-base')}
      {standing && box(STANDING, <Foreign text={standing.name} />, 'evaluate-adapter')}
      {others.map(({ id, name }) => box(id, <Foreign text={name} />, 'evaluate-kept'))}
      {!standing && others.length === 0 && (
        <Text size="xs" c="dimmed">
          No adapter is on the model until one is <a href={hashOf('train')}>trained</a> or <a href={hashOf('runs')}>imported</a>.
        </Text>
      )}
    </Scroll>
  );
}

function Counts() {
  const { questions, samples, choice_seed } = useEvaluation((e) => e.chosen);
  const set = useEvaluation((e) => e.set);
  const most = Math.max(0, ...Object.values(set?.languages ?? {}));
  const all = questions === null || questions >= most;
  return (
    <>
      <NumberInput
        size="xs"
        label="Questions a language"
        description={most > 0 ? `of ${most}; empty for all` : 'empty for all'}
        min={1}
        placeholder="all"
        value={questions ?? ''}
        onChange={(value) => choose({ questions: typeof value === 'number' ? Math.max(1, Math.round(value)) : null })}
        data-testid="evaluate-questions"
      />
      <NumberInput
        size="xs"
        label="Samples a question"
        description="n of Avg@n, Pass@n"
        min={1}
        max={64}
        value={samples}
        onChange={(value) => typeof value === 'number' && choose({ samples: Math.round(value) })}
        data-testid="evaluate-samples"
      />
      {!all && (
        <NumberInput
          size="xs"
          label="Seed of the choice"
          description="the same ids in all"
          min={0}
          value={choice_seed}
          onChange={(value) => typeof value === 'number' && choose({ choice_seed: Math.round(value) })}
        />
      )}
    </>
  );
}

const REASONING: { value: ReasoningKind; label: string }[] = [
  { value: 'question', label: 'The question’s language' },
  { value: 'begun', label: 'The same, its first words given' },
  { value: 'language', label: 'One language for all' },
  { value: 'none', label: 'No language requested' },
];

function Reasoning() {
  const answering = useEvaluation((e) => e.chosen.answer_language);
  const reasoning = useEvaluation((e) => e.chosen.reasoning);
  return (
    <Group gap="xs" mt={10} align="flex-end">
      <NativeSelect
        size="xs"
        label="Reasoning is requested in"
        value={reasoning.kind}
        onChange={({ currentTarget: { value } }) => {
          const kind = value as ReasoningKind; // one of the options below
          choose({ reasoning: kind === 'language' ? { kind, language: 'English' } : { kind } });
        }}
        data={REASONING}
        data-testid="evaluate-reasoning"
      />
      {reasoning.kind === 'language' && (
        <Select
          size="xs"
          w={160}
          searchable
          aria-label="Language to reason in"
          value={reasoning.language}
          data={offeredLanguages.map(({ name }) => ({ value: name, label: languageTitle(name) }))}
          limit={80}
          onChange={(language) => language && choose({ reasoning: { kind: 'language', language } })}
        />
      )}
      <Checkbox
        size="xs"
        label="Request the answer in the question’s language"
        checked={answering}
        onChange={({ currentTarget: { checked } }) => choose({ answer_language: checked })}
        data-testid="evaluate-answer-language"
      />
    </Group>
  );
}

function Sampling() {
  const sampling = useEvaluation((e) => e.chosen.sampling);
  return (
    <SamplingButton
      mt={10}
      sampling={sampling}
      change={(values) => choose({ sampling: { ...sampling, ...values } })}
      testId="evaluate-sampling"
      note="A draw depends on the seed, the question and the number of the sample: the same for all columns, and again when it is repeated."
    />
  );
}

/** Why it cannot start right now; null when it can. */
function useObstacle(): string | null {
  const general = useJobObstacle('evaluation');
  const set = useEvaluation((e) => e.set);
  useEvaluation((e) => e.chosen); // the problems below are about it
  useFacts((f) => f.adapter);
  if (general !== null) return general;
  if (!set || set.questions.length === 0) return 'Choose questions first.';
  const [first] = chosenProblems();
  return first === undefined ? null : `${first[0]!.toUpperCase()}${first.slice(1)}.`;
}

function Start() {
  const found = useEvaluation((e) => e.forecast);
  const chosen = useEvaluation((e) => e.chosen);
  const about = useFacts((f) => `${f.model?.name} ${f.adapter?.name}`);
  return (
    <StartJob
      job="evaluation"
      label="Evaluate"
      forecast={forecast}
      about={[chosen, about]}
      found={found && { ...found, asked: formatPlural(found.questions, 'question') }}
      pace={useFacts((f) => f.evaluations?.find(({ tokens, seconds }) => tokens > 0 && seconds > 1))}
      obstacle={useObstacle()}
      busy={useBusy('evaluate', 'cancel-evaluation')}
      start={startEvaluation}
    />
  );
}
