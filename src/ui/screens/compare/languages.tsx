/** The reasoning languages as chips: remove one, add one of the dataset's, one of a list, or any name typed in. */
import { CloseButton, Group, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { offeredLanguages } from '../../../lib/language/languages.ts';
import { compareStore, setLanguages } from '../../../state/compare.ts';
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
    </Group>
  );
}

function AddLanguage({ chosen }: { chosen: string[] }) {
  const dataset = useFacts((f) => f.dataset);
  const [search, setSearch] = useState('');
  const own = datasetLanguages(dataset).filter((l) => !chosen.includes(l));
  const rest = offeredLanguages.map((l) => l.name).filter((l) => !chosen.includes(l) && !own.includes(l));
  const typed = search.trim();
  const isNew = typed !== '' && ![...own, ...rest, ...chosen].some((l) => l.toLowerCase() === typed.toLowerCase());
  const option = (name: string) => ({ value: name, label: name === NONE ? NONE : languageTitle(name) });
  const groups = [
    { group: 'In the dataset', items: own.map(option) },
    { group: 'More languages', items: [...rest, ...(chosen.includes('') ? [] : [NONE])].map(option) },
    ...(isNew ? [{ group: 'As typed', items: [{ value: typed, label: `"${typed}"` }] }] : []),
  ].filter((g) => g.items.length > 0);
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
      renderOption={({ option }) => (option.label.includes(' · ') ? <LanguageTitle language={option.value} /> : option.label)}
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
