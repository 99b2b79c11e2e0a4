/**
 * The reasoning languages as chips: remove one, add one of the dataset's, one of a list, or any name typed in. And the language to answer in: none
 * requested, the question's, each column's own, or one for all.
 */
import { CloseButton, Group, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { offeredLanguages } from '../../../lib/language/languages.ts';
import { compareStore, QUESTION, SAME, setLanguages } from '../../../state/compare.ts';
import { languageTitle } from '../../../state/languages.ts';
import { datasetLanguages } from '../../../state/settings.ts';
import { LanguageDot, LanguageName, LanguageTitle } from '../../parts/language-chip.tsx';
import { useCompare, useFacts } from '../../use.ts';
import classes from './compare.module.css';

const NONE = 'No language requested';

export function Languages() {
  const chosen = useCompare((c) => c.languages);
  return (
    <Group gap={6} mt={6} data-testid="languages">
      <Text size="sm" me={4}>
        Reasoning languages
      </Text>
      {chosen.map((language) => (
        <span key={language} className={classes.chip} title={languageTitle(language)}>
          <LanguageDot language={language} />
          <LanguageName language={language} />
          <CloseButton
            size="xs"
            radius="xl"
            aria-label={`Remove ${language || 'the column without a language'}`}
            onClick={() => setLanguages(chosen.filter((l) => l !== language))}
          />
        </span>
      ))}
      <AddLanguage chosen={chosen} />
      <AnswerLanguage />
    </Group>
  );
}

/** Languages to choose from, those of the dataset first, and what was typed where it is none of them. `more` stand behind the list. */
function useOffered(chosen: readonly string[], search: string, more: readonly string[] = []) {
  const dataset = useFacts((f) => f.dataset);
  const own = datasetLanguages(dataset).filter((l) => !chosen.includes(l));
  const rest = offeredLanguages.map((l) => l.name).filter((l) => !chosen.includes(l) && !own.includes(l));
  const typed = search.trim();
  const isNew = typed !== '' && ![...own, ...rest, ...chosen].some((l) => l.toLowerCase() === typed.toLowerCase());
  const option = (name: string) => ({ value: name, label: name === NONE ? NONE : languageTitle(name) });
  return [
    { group: 'In the dataset', items: own.map(option) },
    { group: 'More languages', items: [...rest, ...more].map(option) },
    ...(isNew ? [{ group: 'As typed', items: [{ value: typed, label: `"${typed}"` }] }] : []),
  ].filter((g) => g.items.length > 0);
}

const renderOption = ({ option }: { option: { value: string; label: string } }) =>
  option.label.includes(' · ') ? <LanguageTitle language={option.value} /> : option.label;

/** Which language the answers are asked for in; the prompt says so in a line of its own. */
function AnswerLanguage() {
  const answerIn = useCompare((c) => c.answerIn);
  const [search, setSearch] = useState('');
  const fixed = [
    { value: NONE, label: 'not requested' },
    { value: QUESTION, label: 'the question’s language' },
    { value: SAME, label: 'the reasoning’s language' },
  ];
  const shown = fixed.find(({ value }) => value === (answerIn || NONE))?.label ?? languageTitle(answerIn);
  const offered = useOffered([], search === shown ? '' : search);
  const standing =
    answerIn === '' ||
    answerIn === SAME ||
    answerIn === QUESTION ||
    offered.some(({ items }) => items.some(({ value }) => value === answerIn));
  const own = standing ? [] : [{ value: answerIn, label: answerIn }];
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="sm" ms={4} style={{ whiteSpace: 'nowrap' }}>
        Answer in
      </Text>
      <Select
        size="xs"
        w={190}
        searchable
        allowDeselect={false}
        aria-label="Language of the answers"
        data={[{ group: 'Every column', items: [...fixed, ...own] }, ...offered]}
        value={answerIn || NONE}
        searchValue={search}
        onSearchChange={setSearch}
        limit={80}
        renderOption={renderOption}
        maxDropdownHeight={320}
        onChange={(value) => value && compareStore.setState({ answerIn: value === NONE ? '' : value })}
        data-testid="answer-language"
      />
    </Group>
  );
}

function AddLanguage({ chosen }: { chosen: string[] }) {
  const [search, setSearch] = useState('');
  const groups = useOffered(chosen, search, chosen.includes('') ? [] : [NONE]);
  return (
    <Select
      size="xs"
      w={170}
      searchable
      aria-label="Add a reasoning language"
      placeholder="Add a language"
      data={groups}
      value={null}
      searchValue={search}
      onSearchChange={setSearch}
      limit={80}
      renderOption={renderOption}
      maxDropdownHeight={320}
      onChange={(value) => {
        if (!value) return;
        const now = compareStore.getState().languages;
        setLanguages([...now, value === NONE ? '' : value]);
        setSearch('');
      }}
      data-testid="add-language"
    />
  );
}
