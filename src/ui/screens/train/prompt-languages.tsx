/** The languages that problems are asked in: those of the dataset to choose among, and all that there are words in, with who has checked them. */
import { Button, Chip, Group, Input, Text } from '@mantine/core';
import { crossLingualLanguages, languageStrings, stringsOf } from '../../../lib/cross-lingual/index.ts';
import { formatInteger } from '../../../lib/format.ts';
import { distillationDefaults } from '../../../protocol/distillation.ts';
import type { PromptFindings, PromptSource } from '../../../protocol/prompt-previews.ts';
import { sameLanguage } from '../../../state/prompt-strings.ts';
import { setSetting } from '../../../state/settings.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { LanguageDot, LanguageName, LanguageTitle } from '../../parts/language-chip.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useSettings } from '../../use.ts';
import classes from './prompts.module.css';

interface Props {
  source: PromptSource;
  findings: PromptFindings | null;
}

export function PromptLanguages({ source, findings }: Props) {
  const chosen = useSettings((s) => (s.settings.distillation ?? distillationDefaults).target_languages);
  const usual = source.languages ?? [];
  const offered = [...usual, ...(source.english.problem !== null && !usual.includes('English') ? ['English'] : [])];
  const value = chosen.length === 0 ? [...usual] : offered.filter((one) => chosen.some((name) => sameLanguage(name, one)));
  const elsewhere = chosen.filter((name) => !offered.some((one) => sameLanguage(name, one)));
  const change = (next: string[]) => {
    const all = next.length === usual.length && usual.every((one) => next.includes(one));
    if (next.length > 0) setSetting('distillation.target_languages', all ? [] : next);
  };
  return (
    <Input.Wrapper
      size="xs"
      label="Languages that problems are asked in"
      labelElement="div"
      description={
        <>
          <span className={classes.name}>target_languages</span> Those of this dataset; the count is of prompts. At least one is chosen.
        </>
      }
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      error={elsewhere.length > 0 ? `This dataset has no problems in ${elsewhere.join(', ')}.` : undefined}
      mb="sm"
      data-testid="prompt-languages"
    >
      <Chip.Group multiple value={value} onChange={change}>
        <Group gap={6} my={6}>
          {offered.map((language) => (
            <Chip key={language} value={language} size="xs" variant="outline">
              <LanguageDot language={language} /> <LanguageName language={language} />
              {findings?.languages[language] !== undefined && (
                <span className="numbers"> {formatInteger(findings.languages[language])}</span>
              )}
            </Chip>
          ))}
          {elsewhere.length > 0 && (
            <Button size="compact-xs" variant="default" onClick={() => setSetting('distillation.target_languages', [])}>
              All of this dataset
            </Button>
          )}
        </Group>
      </Chip.Group>
      <WithoutWords languages={value} />
      <Configured offered={offered} />
    </Input.Wrapper>
  );
}

function WithoutWords({ languages }: { languages: readonly string[] }) {
  return languages
    .filter((language) => stringsOf(language) === null)
    .map((language) => (
      <Text key={language} size="xs" c="var(--warn)" mb={4}>
        We have no words in <Foreign text={language} />: write all ten below, or leave it out.
      </Text>
    ));
}

/** All that there are words in. */
function Configured({ offered }: { offered: readonly string[] }) {
  const unchecked = crossLingualLanguages.filter(({ checked }) => checked === 'unchecked').length;
  const all = crossLingualLanguages.length;
  return (
    <details className={classes.more} data-testid="configured-languages">
      <summary>{`Words in ${all} languages, ${unchecked === all ? 'all' : unchecked} of them unchecked`}</summary>
      <Text size="xs" c="dimmed" className="reading" my={4}>
        Instructions and labels were drafted by a language model. “Unchecked” means that nobody who speaks the language has read them. They
        can be edited below. Codes are those of the published sets, {Object.keys(languageStrings).length} with both of Swahili’s.
      </Text>
      <Scroll label="Languages with words for prompts" className={classes.tableBox}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Language</th>
              <th scope="col">Here</th>
              <th scope="col">Checked by</th>
            </tr>
          </thead>
          <tbody>
            {crossLingualLanguages.map(({ code, name, checked, note }) => (
              <tr key={code}>
                <td className={classes.name}>{codesOf(name)}</td>
                <th scope="row">
                  <LanguageTitle language={name} />
                </th>
                <td>{offered.some((one) => sameLanguage(one, code)) ? 'yes' : '–'}</td>
                <td>
                  {checked}
                  {note && <span className={classes.note}> {note}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

function codesOf(name: string): string {
  return Object.values(languageStrings)
    .filter((one) => one.name === name)
    .map(({ code }) => code)
    .join(', ');
}
