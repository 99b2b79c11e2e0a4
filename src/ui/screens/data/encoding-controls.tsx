/** How rows become tokens, as far as it concerns looking at them: template, languages that the prompt asks for, date, length. The same values train. */
import { Group, NumberInput, Select, Text, TextInput } from '@mantine/core';
import type { TemplateName, TemplateSettings } from '../../../protocol/conversation.ts';
import { setSetting } from '../../../state/settings.ts';
import { useFacts, useSettings } from '../../use.ts';

const TEMPLATES: { value: TemplateName; label: string }[] = [
  { value: 'hf', label: 'hf, the stock template' },
  { value: 'trl', label: 'trl, stock text with TRL’s mask' },
  { value: 'prefix-preserving', label: 'prefix-preserving, reasoning in all turns' },
];

const MODES: { value: NonNullable<TemplateSettings['thinking']>; label: string }[] = [
  { value: 'template', label: 'as the template has it' },
  { value: 'think', label: 'think, all rows' },
  { value: 'no_think', label: 'no_think, answers alone' },
  { value: 'mixed', label: 'mixed, a share of each' },
];

export function EncodingControls() {
  const encoding = useSettings((s) => s.settings.encoding);
  const templates = useFacts((s) => s.model?.templates);
  return (
    <Group gap="sm" px="md" pb={8} align="flex-end">
      <Select
        size="xs"
        label="Template"
        style={{ flex: '1 1 230px' }}
        data={TEMPLATES.filter(({ value }) => templates?.includes(value) ?? true)}
        value={encoding.template}
        allowDeselect={false}
        onChange={(value) => setSetting('encoding.template', value)}
        data-testid="template"
      />
      <Reasoning />
      <LanguageLines />
      <TextInput
        size="xs"
        type="date"
        w={140}
        label="Pinned date"
        value={encoding.date}
        onChange={(event) => {
          if (event.currentTarget.value) setSetting('encoding.date', event.currentTarget.value);
        }}
        data-testid="date"
      />
      <NumberInput
        size="xs"
        label="Maximum length"
        w={130}
        min={8}
        step={16}
        allowDecimal={false}
        value={encoding.max_length}
        onChange={(value) => typeof value === 'number' && value >= 1 && setSetting('encoding.max_length', value)}
        data-testid="max-length"
      />
    </Group>
  );
}

const LINES = [
  { value: 'none', label: 'as rows have it' },
  { value: 'reasoning', label: 'add the reasoning’s' },
  { value: 'answer', label: 'add the answer’s' },
  { value: 'both', label: 'add both' },
];

/** Which lines `reasoning language: X` and `answer language: X` are put in where a row lacks them: two settings of the form under Train. */
function LanguageLines() {
  const { inject_reasoning_language, inject_answer_language = false } = useSettings((s) => s.settings.encoding);
  const value = inject_reasoning_language ? (inject_answer_language ? 'both' : 'reasoning') : inject_answer_language ? 'answer' : 'none';
  return (
    <Select
      size="xs"
      label="Language lines"
      style={{ flex: '1 1 150px' }}
      data={LINES}
      value={value}
      allowDeselect={false}
      onChange={(chosen) => {
        setSetting('encoding.inject_reasoning_language', chosen === 'reasoning' || chosen === 'both');
        setSetting('encoding.inject_answer_language', chosen === 'answer' || chosen === 'both' || undefined);
      }}
      data-testid="language-lines"
    />
  );
}

/** With reasoning, without, or a share of each. A model that always thinks has no such choice, unless one was made before it was opened. */
function Reasoning() {
  const encoding = useSettings((s) => s.settings.encoding);
  const ofModel = useFacts((s) => s.model?.thinking);
  const { thinking = 'template' } = encoding;
  if (ofModel === 'always' && thinking === 'template') return null;
  return (
    <>
      <Select
        size="xs"
        label="Reasoning"
        style={{ flex: '1 1 180px' }}
        data={MODES}
        value={thinking}
        allowDeselect={false}
        onChange={(value) => setSetting('encoding.thinking', value)}
        data-testid="thinking"
      />
      {thinking === 'mixed' && (
        <NumberInput
          size="xs"
          label="Share that thinks"
          w={120}
          min={0}
          max={1}
          step={0.05}
          decimalScale={2}
          value={encoding.think_ratio ?? 0.5}
          onChange={(value) => typeof value === 'number' && value >= 0 && value <= 1 && setSetting('encoding.think_ratio', value)}
          data-testid="think-ratio"
        />
      )}
      {ofModel === 'switch' && thinking === 'template' && (
        <Text size="xs" c="dimmed" style={{ flex: '1 0 100%', order: 1 }} data-testid="modes-hint">
          This model can think or answer at once. Each row trains as it stands; with mixed, half of the rows train without their reasoning.
        </Text>
      )}
    </>
  );
}
