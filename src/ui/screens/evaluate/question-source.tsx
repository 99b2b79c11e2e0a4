/** The questions: which set is chosen, and the ways to choose another: bundled, files, an address, the Hub, or pasted. */
import { Button, Collapse, Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useRef, useState } from 'react';
import { formatPlural } from '../../../lib/format.ts';
import type { QuestionMapping, QuestionSet } from '../../../protocol/evaluation.ts';
import { bundledProblems } from '../../../state/bundled-problems.ts';
import { readQuestions, readWithColumns } from '../../../state/question-actions.ts';
import { Foreign, Marked } from '../../parts/foreign.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { useBusy, useEvaluation, useFacts } from '../../use.ts';
import { HubQuestions } from './hub-questions.tsx';

const TYPES = '.tsv,.jsonl,.ndjson,.json,.csv,.parquet,.gz';

export function QuestionSource() {
  const set = useEvaluation((e) => e.set);
  const evaluating = useFacts((f) => f.evaluation?.phase === 'running');
  const [open, setOpen] = useState(false);
  return (
    <div data-testid="question-source">
      {set ? <SetFacts set={set} /> : <Text size="sm">No questions are chosen.</Text>}
      <MoreButton
        label={set ? 'Other questions' : 'Choose questions'}
        open={open || !set}
        onClick={() => setOpen(!open)}
        testId="other-questions"
      />
      <Collapse expanded={open || !set} keepMounted={false}>
        <Sources disabled={evaluating} close={() => setOpen(false)} />
      </Collapse>
      {set && set.mapping === null && <Columns set={set} />}
    </div>
  );
}

function SetFacts({ set }: { set: QuestionSet }) {
  const [more, setMore] = useState(false);
  const languages = Object.keys(set.languages).filter((language) => language !== '').length;
  const unscored = set.problems.filter(({ scored }) => !scored).length;
  return (
    <>
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }} data-testid="set-name">
        <Foreign text={set.name} />
      </Text>
      <Text size="sm" c="dimmed" className="numbers" data-testid="set-count">
        {formatPlural(set.questions.length, 'question')}
        {languages > 0 && ` in ${formatPlural(languages, 'language')}`}
        {unscored > 0 && `; ${formatPlural(unscored, 'row')} not scored`}
      </Text>
      {set.problems.length > 0 && (
        <>
          <MoreButton
            label={`What was found in ${formatPlural(set.problems.length, 'row')}`}
            open={more}
            onClick={() => setMore(!more)}
            testId="set-problems"
          />
          <Collapse expanded={more} keepMounted={false}>
            <ul style={{ margin: 0, paddingInlineStart: 18, maxHeight: 180, overflow: 'auto' }}>
              {set.problems.slice(0, 100).map(({ file, row, text }) => (
                <Text key={`${file}:${row}:${text}`} size="xs" component="li">
                  <Marked text={row === null ? `${file}: ${text}` : `${file}, row ${row}: ${text}`} />
                </Text>
              ))}
            </ul>
          </Collapse>
        </>
      )}
    </>
  );
}

function Sources({ disabled, close }: { disabled: boolean; close: () => void }) {
  const reading = useBusy('read-questions');
  const busy = reading || disabled;
  const bundled = useFacts((f) => f.model?.source === 'bundled');
  const picker = useRef<HTMLInputElement>(null);
  const [url, setUrl] = useState('');
  const [pasted, setPasted] = useState('');
  const read = async (source: Parameters<typeof readQuestions>[0]): Promise<void> => {
    if (await readQuestions(source)) close();
  };
  const files = (list: readonly File[]): void => {
    const [file, ...more] = list;
    if (!file) return;
    if (more.length === 0) void read({ kind: 'file', file, name: file.name });
    else void read({ kind: 'folder', name: `${list.length} files`, files: list.map((one) => ({ path: one.name, file: one })) });
  };
  return (
    <Stack gap="sm" mt="xs">
      <Dropzone
        onDrop={files}
        activateOnClick={false}
        preventDropOnDocument={false}
        enablePointerEvents
        disabled={busy}
        p="sm"
        radius="md"
        aria-label="Drop questions here"
        data-testid="questions-drop"
        tabIndex={-1}
        inputProps={{ 'aria-hidden': true, tabIndex: -1 }}
      >
        <Group justify="space-between" gap="sm">
          <Text size="sm" style={{ flex: '1 1 160px' }}>
            Drop files here, a language each or all in one: TSV, JSONL, CSV or Parquet
          </Text>
          <Button size="xs" variant="default" disabled={busy} onClick={() => picker.current?.click()}>
            Choose files
          </Button>
        </Group>
        <input
          ref={picker}
          type="file"
          hidden
          multiple
          accept={TYPES}
          aria-label="Choose files of questions"
          data-testid="questions-file"
          onChange={(event) => {
            files([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
      </Dropzone>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (url.trim()) void read({ kind: 'url', url: url.trim() });
        }}
      >
        <Group gap="xs" align="flex-end">
          <TextInput
            size="xs"
            label="Or a URL"
            placeholder="https://"
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            style={{ flex: 1 }}
            miw={140}
            data-testid="questions-url"
          />
          <Button size="xs" variant="default" type="submit" disabled={busy || url.trim() === ''}>
            Open
          </Button>
        </Group>
      </form>
      <HubQuestions disabled={busy} onDone={close} />
      <Textarea
        size="xs"
        label="Or paste"
        description="A question and its answer a line, with a tab between, or JSONL or CSV"
        autosize
        minRows={2}
        maxRows={8}
        value={pasted}
        onChange={(event) => setPasted(event.currentTarget.value)}
        dir="auto"
        data-testid="questions-pasted"
      />
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          disabled={busy || pasted.trim() === ''}
          onClick={() => void read({ kind: 'pasted', text: pasted })}
          data-testid="read-pasted"
        >
          Read what is pasted
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={() => void read({ kind: 'bundled' })} data-testid="questions-bundled">
          Use the bundled questions
        </Button>
        {bundled && (
          <Button
            size="xs"
            variant="default"
            disabled={busy}
            onClick={() => void read(bundledProblems('copsd-heldout'))}
            data-testid="questions-bundled-problems"
          >
            Use the bundled problems in Swahili
          </Button>
        )}
      </Group>
    </Stack>
  );
}

const FIELDS: { key: keyof QuestionMapping; label: string; guess: RegExp; needed?: boolean }[] = [
  { key: 'question', label: 'Question', guess: /question|problem|prompt|input/i, needed: true },
  { key: 'gold', label: 'Right answer', guess: /gold|answer|solution|label|target/i, needed: true },
  { key: 'language', label: 'Language', guess: /lang/i },
  { key: 'id', label: 'Id', guess: /^id$|index/i },
];

function Columns({ set }: { set: QuestionSet }) {
  const busy = useBusy('read-questions');
  const guess = (pattern: RegExp): string => set.columns.find((column) => pattern.test(column)) ?? '';
  const [chosen, setChosen] = useState<Record<string, string>>(() =>
    Object.fromEntries(FIELDS.map(({ key, guess: of }) => [key, guess(of)])),
  );
  const ready = chosen.question !== '' && chosen.gold !== '';
  const mapping = (): QuestionMapping => ({
    question: chosen.question!,
    gold: chosen.gold!,
    ...(chosen.language && { language: chosen.language }),
    ...(chosen.id && { id: chosen.id }),
  });
  return (
    <Stack gap={6} mt="sm" data-testid="question-columns">
      <Text size="sm" fw={600}>
        Which column is which?
      </Text>
      {FIELDS.map(({ key, label, needed }) => (
        <NativeSelect
          key={key}
          size="xs"
          label={label}
          value={chosen[key]}
          onChange={(event) => setChosen({ ...chosen, [key]: event.currentTarget.value })}
          data={[
            { value: '', label: needed ? 'Choose a column' : 'None' },
            ...set.columns.map((column) => ({ value: column, label: column })),
          ]}
        />
      ))}
      <Group>
        <Button size="xs" disabled={!ready || busy} loading={busy} onClick={() => void readWithColumns(mapping())}>
          Read with these columns
        </Button>
      </Group>
    </Stack>
  );
}
