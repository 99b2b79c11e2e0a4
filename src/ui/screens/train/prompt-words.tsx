/** The ten strings of one language, to edit: each with the way back to ours. They stand in the settings, and so in run.json. */
import { Button, Group, Text, Textarea } from '@mantine/core';
import { stringsOf } from '../../../lib/cross-lingual/index.ts';
import { formatPlural } from '../../../lib/format.ts';
import { distillationDefaults } from '../../../protocol/distillation.ts';
import { editedNames, stringsToEdit, withString } from '../../../state/prompt-strings.ts';
import { problemAt, setSetting } from '../../../state/settings.ts';
import { Foreign, foreign } from '../../parts/foreign.tsx';
import { useFacts, useSettings } from '../../use.ts';
import classes from './prompts.module.css';

export function PromptWords({ language }: { language: string }) {
  const model = useFacts((f) => f.model);
  const edits = useSettings((s) => (s.settings.distillation ?? distillationDefaults).language_strings);
  const problem = useSettings((s) => problemAt(s.settings, model, 'distillation.language_strings'));
  const ours = stringsOf(language);
  const edited = editedNames(language, edits);
  const save = (next: Record<string, Record<string, unknown>>) => setSetting('distillation.language_strings', next);
  const backAll = () => save(edited.reduce<typeof edits>((next, name) => withString(next, language, name, null), edits));
  return (
    <details className={classes.more} data-testid="prompt-words">
      <summary>
        Words in <Foreign text={language} />
        {ours && `, ${ours.checked}`}
        {edited.length > 0 && `, ${edited.length} edited`}
      </summary>
      <Text size="xs" c="dimmed" className="reading" my={4}>
        {ours === null && 'We have no words in this language; write all ten.'}
        {ours?.checked === 'unchecked' && 'A language model’s draft, which nobody who speaks the language has checked. '}
        {ours?.note} <span className={classes.name}>language_strings</span>
      </Text>
      {problem && (
        <Text size="xs" c="var(--bad)" role="alert">
          {problem}
        </Text>
      )}
      {edited.length > 0 && ours && (
        <Button size="compact-xs" variant="default" onClick={backAll} data-testid="words-back">
          Ours again, all {formatPlural(edited.length, 'edit')}
        </Button>
      )}
      <div className={classes.words}>
        {stringsToEdit(language, edits).map(({ name, label, value, ours: standing }) => (
          <Textarea
            key={name}
            size="xs"
            label={
              <Group component="span" gap={6} display="inline-flex">
                {label} <span className={classes.name}>{name}</span>
              </Group>
            }
            autosize
            minRows={1}
            maxRows={6}
            value={value}
            {...foreign(value, language)}
            description={
              standing !== null && value !== standing ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => save(withString(edits, language, name, null))}
                  aria-label={`${label}: ours again`}
                >
                  Ours again
                </Button>
              ) : undefined
            }
            inputWrapperOrder={['label', 'input', 'error', 'description']}
            onChange={(event) => save(withString(edits, language, name, event.currentTarget.value))}
            data-testid={`word-${name}`}
          />
        ))}
      </div>
    </details>
  );
}
