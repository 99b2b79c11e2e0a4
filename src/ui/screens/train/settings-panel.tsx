/** The settings: a preset, the simple ones, and the rest behind "Advanced", with a count of what differs from the preset. */
import { Alert, Button, Collapse, Group, NativeSelect, Paper, SegmentedControl, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { formatPlural } from '../../../lib/format.ts';
import type { ModelSummary } from '../../../protocol/model.ts';
import { usedBy } from '../../../protocol/settings.ts';
import type { TrainingSettings } from '../../../protocol/training.ts';
import { distillationPresets } from '../../../state/distillation-presets.ts';
import { grpoPresets } from '../../../state/grpo-presets.ts';
import { hasGrpoRecipe, type PresetName, presetsOf, recipeFor } from '../../../state/presets.ts';
import { bringBack, changedByHand, setMethod, takePreset, undoChanges } from '../../../state/settings.ts';
import { viewStore } from '../../../state/view.ts';
import { DownIcon } from '../../parts/icons.tsx';
import { RecipeWords } from '../../parts/recipe-words.tsx';
import { useFacts, useSettings, useView } from '../../use.ts';
import { FieldInput } from './field-input.tsx';
import classes from './train.module.css';

const PRESETS: Readonly<Record<PresetName, { label: string; words: string }>> = {
  recommended: { label: 'Recommended for this model', words: 'What the model’s own card recommends.' },
  cookbook: {
    label: 'Cookbook',
    words: 'The published recipe for gpt-oss-20b: rank 8, experts of layers 7, 15 and 23, loss on all tokens, one epoch.',
  },
  ...grpoPresets,
  ...distillationPresets,
};

const METHODS = [
  { value: 'sft', label: 'Learn from rows' },
  { value: 'grpo', label: 'Learn from rewards (GRPO)' },
];

const METHOD_WORDS: Readonly<Record<string, string>> = {
  sft: 'The model learns to answer as the rows of the dataset do.',
  grpo: 'The model answers the questions of the dataset itself. Rewards judge its answers, and it learns from the better ones of each group.',
};

function MethodChoice({ method }: { method: string }) {
  const model = useFacts((f) => f.model);
  const standing = useFacts((f) => f.adapter !== null);
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label="How the model learns"
        value={method}
        onChange={(next) => setMethod(next, model, standing)}
        data={METHODS}
        data-testid="method"
      />
      <Text size="xs" c="dimmed" className="reading" mt={4} mb="sm">
        {METHOD_WORDS[method]}
      </Text>
    </>
  );
}

/** What GRPO's settings begin from: a published run, one that was measured on this model, or TRL's defaults. */
function grpoWords(preset: PresetName, model: ModelSummary | null): string {
  if (preset !== 'recommended') return PRESETS[preset].words;
  if (!model) return 'What GRPO begins with follows the model, once it is open.';
  return hasGrpoRecipe(model)
    ? 'GRPO for this model: 8 prompts with 8 answers each, 20 steps. First train a few steps from rows, so that some thoughts are in the language asked for.'
    : 'TRL’s defaults for GRPO. Adapters usually need a higher learning rate, 5e-6 and more.';
}

/** A preset takes the place of what was changed by hand only when that is meant. */
function AskFirst({ wanted, replaced, close }: { wanted: PresetName; replaced: number; close: () => void }) {
  const model = useFacts((f) => f.model);
  const name = PRESETS[wanted].label;
  return (
    <Alert variant="outline" color="gray" p="xs" mb="xs" role="alert" data-testid="ask-preset">
      <Text size="sm">
        “{name}” replaces your {formatPlural(replaced, 'change')}; they can be brought back.
      </Text>
      <Group gap="xs" mt={6}>
        <Button
          size="compact-xs"
          onClick={() => {
            takePreset(wanted, model);
            close();
          }}
        >
          Replace them
        </Button>
        <Button size="compact-xs" variant="default" onClick={close}>
          Keep my settings
        </Button>
      </Group>
    </Alert>
  );
}

/** Settings of a loss are shown with it. */
const LOSSES: Readonly<Record<string, (settings: TrainingSettings) => boolean>> = {
  'grpo.sapo_': ({ grpo }) => grpo?.loss_type === 'sapo',
  'grpo.vespo_': ({ grpo }) => grpo?.loss_type === 'vespo',
  'grpo.use_bias_correction_kl': ({ grpo }) => grpo?.beta !== 0,
};

/** The two modes concern no model that always thinks, and their share only a mixed run; what was chosen before stays in sight. */
function concerns(path: string, settings: TrainingSettings, model: ModelSummary | null): boolean {
  const { thinking = 'template' } = settings.encoding;
  if (path === 'encoding.think_ratio') return thinking === 'mixed';
  const loss = Object.keys(LOSSES).find((beginning) => path.startsWith(beginning));
  if (loss !== undefined) return LOSSES[loss]!(settings);
  return path !== 'encoding.thinking' || thinking !== 'template' || model?.thinking !== 'always';
}

function PresetWords({ preset, method }: { preset: PresetName; method: string }) {
  const model = useFacts((f) => f.model);
  const recipe = recipeFor(model);
  if (method === 'grpo') return grpoWords(preset, model);
  return preset === 'recommended' && recipe ? <RecipeWords recipe={recipe} whole /> : PRESETS[preset].words;
}

/** A few as buttons side by side, more as a list. */
function PresetChoice({ preset, method, choose }: { preset: PresetName; method: string; choose: (wanted: PresetName) => void }) {
  const data = presetsOf(method).map((value) => ({ value, label: PRESETS[value].label }));
  const shared = { size: 'xs', 'aria-label': 'Preset', value: preset, data, 'data-testid': 'preset' } as const;
  return method === 'grpo' ? (
    <NativeSelect {...shared} onChange={(event) => choose(event.currentTarget.value as PresetName)} />
  ) : (
    <SegmentedControl {...shared} onChange={(value) => choose(value as PresetName)} />
  );
}

export function SettingsPanel() {
  const model = useFacts((f) => f.model);
  const state = useSettings((s) => s);
  const { preset, settings } = state;
  const [asked, setAsked] = useState<PresetName | null>(null);
  const { method = 'sft' } = settings;
  const shown = usedBy(method).filter(({ path }) => concerns(path, settings, model));
  const open = useView((v) => v.advancedOpen);
  const changed = useMemo(() => changedByHand(state, model).filter(({ unused }) => !unused?.includes(method)), [state, model, method]);
  const advanced = changed.filter((f) => f.part === 'advanced').length;
  /** Languages are kept by a preset; everything else that was changed is replaced. */
  const replaced = changed.filter(({ path }) => path !== 'encoding.languages' && path !== 'adherence_languages').length;
  const choose = (wanted: PresetName) => {
    if (replaced > 0 && wanted !== preset) setAsked(wanted);
    else takePreset(wanted, model);
  };
  return (
    <Paper className="panel" p="md" data-testid="settings">
      <Group justify="space-between" gap="xs" mb={4}>
        <Title order={2}>Settings</Title>
        <PresetChoice preset={preset} method={method} choose={choose} />
      </Group>
      <MethodChoice method={method} />
      {asked && asked !== preset && replaced > 0 && <AskFirst wanted={asked} replaced={replaced} close={() => setAsked(null)} />}
      <Group justify="space-between" gap="xs" mb="sm">
        <Text size="xs" c="dimmed" className="reading" data-testid="preset-words">
          <PresetWords preset={preset} method={method} />
        </Text>
        <Group gap="xs">
          {changed.length > 0 && (
            <Button size="compact-xs" variant="default" onClick={() => undoChanges(model)} data-testid="reset-settings">
              Undo {formatPlural(changed.length, 'change')}
            </Button>
          )}
          {state.earlier && (
            <Button size="compact-xs" variant="default" onClick={bringBack} data-testid="bring-back">
              Back to the settings before
            </Button>
          )}
        </Group>
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
