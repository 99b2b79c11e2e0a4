/** Distillation before a run: which languages, what the teacher sees, and both prompts of one row beside each other. */
import { Anchor, Button, Group, NativeSelect, NumberInput, Paper, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import type { PromptFindings } from '../../../protocol/prompt-previews.ts';
import type { SettingPath } from '../../../protocol/setting-row.ts';
import { settings as settingRows } from '../../../protocol/settings.ts';
import { selectRow } from '../../../state/data-actions.ts';
import { languageTitle } from '../../../state/languages.ts';
import { followPrompts, promptPreviewsStore, showPromptsOf } from '../../../state/prompt-previews.ts';
import { Marked } from '../../parts/foreign.tsx';
import { goTo, hashOf } from '../../router.ts';
import { useFacts, usePromptPreviews } from '../../use.ts';
import { FieldInput } from './field-input.tsx';
import { PrivilegedInputs } from './privileged-inputs.tsx';
import { PromptLanguages } from './prompt-languages.tsx';
import { PromptPair } from './prompt-pair.tsx';
import { PromptWords } from './prompt-words.tsx';
import classes from './prompts.module.css';

const SWITCHES: readonly SettingPath[] = [
  'distillation.include_problem_en',
  'distillation.include_reference_solution_en',
  'distillation.student_enable_thinking',
  'distillation.reason_first',
];

/** Settings that stand here and not in the form. */
export const IN_PROMPTS: ReadonlySet<string> = new Set<SettingPath>([
  ...SWITCHES,
  'distillation.target_languages',
  'distillation.language_strings',
  'distillation.privileged_context',
  'distillation.teacher_prompt_template',
]);

export function PromptsPanel() {
  useEffect(followPrompts, []);
  const dataset = useFacts((f) => f.dataset);
  const model = useFacts((f) => f.model);
  const { source, row, error, findings, language } = usePromptPreviews();
  const ready = model !== null && dataset !== null && dataset.schema !== 'unknown';
  const prompt = row?.prompts.find((one) => one.language === language) ?? row?.prompts[0];
  const translated = source?.languages != null;
  return (
    <Paper className="panel" p="md" data-testid="prompts">
      <Title order={2} mb={4}>
        Prompts
      </Title>
      <Text size="xs" c="dimmed" className="reading" mb="sm">
        Student and teacher are the same model. The student is asked in one language; the teacher reads the same with more beside it, such
        as the English solution. The student answers, and at each of its tokens it is moved towards what the teacher would write there.
      </Text>
      {!ready && (
        <Text size="sm">
          Prompts are shown once a model and a dataset with known columns are there.{' '}
          <Anchor href={hashOf(model ? 'data' : 'model')}>Go there</Anchor>
        </Text>
      )}
      {ready && source && (translated ? <PromptLanguages source={source} findings={findings} /> : <PrivilegedInputs />)}
      {ready && source && (
        <div className={classes.switches}>
          {SWITCHES.filter((path) => translated || path === 'distillation.student_enable_thinking').map((path) => (
            <FieldInput key={path} setting={settingRows.find((one) => one.path === path)!} />
          ))}
        </div>
      )}
      {ready && error && (
        <Text size="sm" c="var(--bad)" role="alert" data-testid="prompts-error">
          <Marked text={error} />
        </Text>
      )}
      {ready && row && (
        <>
          <Paging rows={dataset.rows} languages={row.prompts.map((one) => one.language)} shown={prompt?.language ?? null} />
          {row.problems.map((sentence) => (
            <Text key={sentence} size="sm" c="var(--warn)" data-testid="prompt-problem">
              <Marked text={sentence} />
            </Text>
          ))}
          {prompt && <PromptPair prompt={prompt} row={row.row} />}
        </>
      )}
      {ready && findings && <LeftOut findings={findings} />}
      {ready && translated && prompt?.language && <PromptWords key={prompt.language} language={prompt.language} />}
    </Paper>
  );
}

interface PagingProps {
  rows: number;
  languages: readonly (string | null)[];
  shown: string | null;
}

function Paging({ rows, languages, shown }: PagingProps) {
  const { index } = usePromptPreviews();
  const step = (by: number, label: string, sign: string) => (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={label}
      disabled={index + by < 0 || index + by >= rows}
      onClick={() => showPromptsOf(index + by)}
    >
      {sign}
    </Button>
  );
  return (
    <Group gap="xs" my="sm" align="center">
      {step(-1, 'Prompts of the row before', '‹')}
      <NumberInput
        size="xs"
        w={86}
        aria-label="Row of the dataset, counted from 1"
        value={index + 1}
        min={1}
        max={rows}
        allowDecimal={false}
        onChange={(next) => typeof next === 'number' && next >= 1 && next <= rows && showPromptsOf(next - 1)}
        data-testid="prompt-row"
      />
      {step(1, 'Prompts of the next row', '›')}
      <Text size="xs" c="dimmed" className="numbers">
        of {formatPlural(rows, 'row')}
      </Text>
      {languages.length > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Prompts in which language"
          value={shown ?? ''}
          data={languages.map((one) => ({ value: one ?? '', label: languageTitle(one) }))}
          onChange={(event) => promptPreviewsStore.setState({ language: event.currentTarget.value })}
          data-testid="prompt-language"
        />
      )}
    </Group>
  );
}

function LeftOut({ findings: { prompts, problems, left_out } }: { findings: PromptFindings }) {
  if (left_out === 0)
    return (
      <Text size="xs" c="dimmed" mt="sm" data-testid="prompt-count">
        {formatPlural(prompts, 'prompt')}; no row is left out.
      </Text>
    );
  return (
    <details className={classes.more} data-testid="prompts-left-out">
      <summary>
        {formatPlural(prompts, 'prompt')}; {formatInteger(left_out)} left out, with the reason
      </summary>
      <ul className={classes.leftOut}>
        {problems.map(({ row, message }) => (
          <li key={`${row} ${message}`}>
            <Anchor
              component="button"
              type="button"
              fz="xs"
              onClick={() => {
                selectRow(row);
                goTo('data');
              }}
            >
              Row {formatInteger(row)}
            </Anchor>{' '}
            <Marked text={message.replace(/^Row \d+ /, '')} />
          </li>
        ))}
      </ul>
      {left_out > problems.length && (
        <Text size="xs" c="dimmed">
          And {formatInteger(left_out - problems.length)} more.
        </Text>
      )}
    </details>
  );
}
