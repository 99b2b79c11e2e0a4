/** The settings that are more than a number: languages, and which weights get an adapter. */
import { Button, Chip, Group, Input, MultiSelect, TagsInput, Text } from '@mantine/core';
import { languageCode } from '../../../lib/language/names.ts';
import { unjudgedWords } from '../../../lib/language/unjudged.ts';
import { datasetLanguages, setSetting } from '../../../state/settings.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { LanguageDot, LanguageName } from '../../parts/language-chip.tsx';
import { useFacts, useSettings } from '../../use.ts';
import type { FieldProps } from './field-input.tsx';

/** Languages of the dataset as chips; '' are the rows that ask for none. All chosen is stored as "no restriction". */
export function LanguagesInput({ setting, shared }: FieldProps) {
  const dataset = useFacts((f) => f.dataset);
  const chosen = useSettings((s) => s.settings.encoding.languages);
  const known = Object.keys(dataset?.languages ?? {});
  if (known.length === 0) return null;
  if (known.length > AS_CHIPS) return <ManyLanguagesInput setting={setting} shared={shared} known={known} />;
  const value = (chosen ?? known).filter((language) => known.includes(language));
  return (
    <Input.Wrapper style={{ gridColumn: '1 / -1' }} {...shared} labelElement="div">
      <Chip.Group multiple value={value} onChange={(next) => setSetting(setting.path, next.length === known.length ? undefined : next)}>
        <Group gap={6} my={6} data-testid="train-languages">
          {known.map((language) => (
            <Chip key={language} value={language} size="xs" variant="outline">
              <LanguageDot language={language} /> <LanguageName language={language} />
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}

const AS_CHIPS = 40;

/** So many languages are found by their names; none chosen means all. */
function ManyLanguagesInput({ setting, shared, known }: FieldProps & { known: string[] }) {
  const chosen = useSettings((s) => s.settings.encoding.languages);
  const value = chosen?.filter((language) => language !== '' && known.includes(language)) ?? [];
  return (
    <MultiSelect
      {...shared}
      style={{ gridColumn: '1 / -1' }}
      searchable
      clearable
      limit={80}
      placeholder={value.length === 0 ? 'All languages' : ''}
      data={known.filter((language) => language !== '')}
      value={value}
      onChange={(next) => setSetting(setting.path, next.length === 0 ? undefined : next)}
    />
  );
}

export function ProbeLanguagesInput({ setting, shared }: FieldProps) {
  const dataset = useFacts((f) => f.dataset);
  const value = useSettings((s) => s.settings.adherence_languages);
  const unknown = value.filter((language) => languageCode(language) === null);
  return (
    <div>
      <MultiSelect
        {...shared}
        data={datasetLanguages(dataset)}
        value={value}
        onChange={(next) => setSetting(setting.path, next)}
        clearable
        searchable
        limit={80}
      />
      {unknown.map((language) => (
        <Text key={language} size="xs" c="var(--warn)" mt={4} data-testid="cannot-judge">
          Reasoning in <Foreign text={language} /> {unjudgedWords('unknown')}.
        </Text>
      ))}
    </div>
  );
}

/** PEFT's target_modules: the word all-linear, or a list of module names. */
export function TargetsInput({ setting, shared }: FieldProps) {
  const value = useSettings((s) => s.settings.lora.target_modules);
  const modules = useFacts((f) => f.model?.adaptable.modules);
  const change = (next: string[]) => {
    const added = next.at(-1);
    if (next.length === 0 || added === 'all-linear') setSetting(setting.path, 'all-linear');
    else
      setSetting(
        setting.path,
        next.filter((name) => name !== 'all-linear'),
      );
  };
  return (
    <TagsInput
      {...shared}
      data={['all-linear', ...(modules ?? [])]}
      value={value === 'all-linear' ? ['all-linear'] : value}
      onChange={change}
    />
  );
}

/** PEFT's target_parameters, for expert weights; the button names those of every layer. */
export function TargetParametersInput({ setting, shared }: FieldProps) {
  const value = useSettings((s) => s.settings.lora.target_parameters);
  const all = useFacts((f) => f.model?.adaptable.parameters);
  if (all?.length === 0) return null;
  return (
    <div style={{ gridColumn: '1 / -1' }}>
      <TagsInput
        {...shared}
        data={all ?? []}
        value={value ?? []}
        onChange={(next) => setSetting(setting.path, next.length > 0 ? next : null)}
        clearable
      />
      <Group gap="xs" mt={4}>
        <Button size="compact-xs" variant="default" disabled={!all} onClick={() => setSetting(setting.path, all)}>
          Experts of all layers
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => setSetting(setting.path, null)}>
          None
        </Button>
      </Group>
    </div>
  );
}
