/** The settings: a preset, the simple ones, and the rest behind "Advanced", with a count of what differs from the preset. */
import { Button, Collapse, Group, Paper, SegmentedControl, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { formatPlural } from '../../../lib/format.ts';
import { differing } from '../../../protocol/setting-values.ts';
import { settingsOf } from '../../../protocol/settings.ts';
import { type PresetName, presetSettings } from '../../../state/presets.ts';
import { takePreset } from '../../../state/settings.ts';
import { viewStore } from '../../../state/view.ts';
import { DownIcon } from '../../parts/icons.tsx';
import { useFacts, useSettings, useView } from '../../use.ts';
import { FieldInput } from './field-input.tsx';
import classes from './train.module.css';

const PRESETS: { value: PresetName; label: string; words: string }[] = [
  { value: 'recommended', label: 'Recommended for this model', words: 'What the model’s own card recommends.' },
  {
    value: 'cookbook',
    label: 'Cookbook',
    words: 'The published recipe for gpt-oss-20b: rank 8, experts of layers 7, 15 and 23, loss on all tokens, one epoch.',
  },
];

export function SettingsPanel() {
  const model = useFacts((f) => f.model);
  const { preset, settings } = useSettings((s) => s);
  const shown = settingsOf(settings.method ?? 'sft');
  const open = useView((v) => v.advancedOpen);
  const changed = useMemo(() => differing(settings, presetSettings(preset, model)), [settings, preset, model]);
  // The pinned date is a choice of the day, not a departure from the preset.
  const advanced = changed.filter((f) => f.part === 'advanced' && f.path !== 'encoding.date').length;
  const simple = changed.filter((f) => f.part === 'simple').length;
  return (
    <Paper className="panel" p="md" data-testid="settings">
      <Group justify="space-between" gap="xs" mb={4}>
        <Title order={2}>Settings</Title>
        <SegmentedControl
          size="xs"
          aria-label="Preset"
          value={preset}
          onChange={(value) => takePreset(value as PresetName, model)}
          data={PRESETS.map(({ value, label }) => ({ value, label }))}
          data-testid="preset"
        />
      </Group>
      <Group justify="space-between" gap="xs" mb="sm">
        <Text size="xs" c="dimmed">
          {PRESETS.find((p) => p.value === preset)?.words}
        </Text>
        {simple + advanced > 0 && (
          <Button size="compact-xs" variant="default" onClick={() => takePreset(preset, model)} data-testid="reset-settings">
            Undo {formatPlural(simple + advanced, 'change')}
          </Button>
        )}
      </Group>
      <div className={classes.fields}>
        {shown
          .filter((row) => row.part === 'simple')
          .map((row) => (
            <FieldInput key={row.path} setting={row} />
          ))}
      </div>
      <Button
        variant="subtle"
        color="gray"
        c="var(--mantine-color-text)"
        size="compact-sm"
        mt="md"
        px={4}
        aria-expanded={open}
        aria-controls="advanced-settings"
        rightSection={<DownIcon size={12} />}
        onClick={() => viewStore.setState({ advancedOpen: !open })}
        data-testid="advanced"
      >
        Advanced{advanced > 0 ? `, ${advanced} changed` : ''}
      </Button>
      <Collapse expanded={open} keepMounted={false} id="advanced-settings">
        <div className={classes.fields} style={{ marginTop: 12 }}>
          {shown
            .filter((row) => row.part === 'advanced')
            .map((row) => (
              <FieldInput key={row.path} setting={row} />
            ))}
        </div>
      </Collapse>
    </Paper>
  );
}
