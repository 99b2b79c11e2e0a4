/** How rows become tokens, as far as it concerns looking at them: template, date, length. The same values train. */
import { Group, NumberInput, Select, TextInput } from '@mantine/core';
import type { TemplateName } from '../../../protocol/conversation.ts';
import { setSetting } from '../../../state/settings.ts';
import { useSettings } from '../../use.ts';

const TEMPLATES: { value: TemplateName; label: string }[] = [
  { value: 'hf', label: 'hf, the stock template' },
  { value: 'trl', label: 'trl, stock text with TRL’s mask' },
  { value: 'prefix-preserving', label: 'prefix-preserving, reasoning in all turns' },
];

export function EncodingControls() {
  const encoding = useSettings((s) => s.settings.encoding);
  return (
    <Group gap="sm" px="md" pb={8} align="flex-end">
      <Select
        size="xs"
        label="Template"
        style={{ flex: '1 1 230px' }}
        data={TEMPLATES}
        value={encoding.template}
        allowDeselect={false}
        onChange={(value) => setSetting('encoding.template', value)}
        data-testid="template"
      />
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
