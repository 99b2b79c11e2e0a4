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
import { bringBack, changedByHand, KEPT_BY_PRESETS, takePreset, undoChanges } from '../../../state/settings.ts';
import { viewStore } from '../../../state/view.ts';
import { DownIcon } from '../../parts/icons.tsx';
import { RecipeWords } from '../../parts/recipe-words.tsx';
import { useFacts, useSettings, useView } from '../../use.ts';
import { FieldInput } from './field-input.tsx';
import { MethodChoice } from './method-choice.tsx';
import { IN_PROMPTS } from './prompts-panel.tsx';
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

/** What distillation's settings begin from. */
function distillationWords(preset: PresetName, model: ModelSummary | null): string {
  if (preset !== 'recommended') return PRESETS[preset].words;
  if (!model) return 'What distillation begins with follows the model, once it is open.';
  return hasGrpoRecipe(model)
    ? 'Distillation for this model: 32 answers a step, 100 steps, no clip, because its teacher is nearly always certain.'
    : 'The forward divergence over the whole vocabulary, without a clip, from a teacher that stays as it is.';
}

/** Settings of a loss, a teacher or a mode are shown with it. */
const LOSSES: Readonly<Record<string, (settings: TrainingSettings) => boolean>> = {
  'grpo.sapo_': ({ grpo }) => grpo?.loss_type === 'sapo',
  'grpo.vespo_': ({ grpo }) => grpo?.loss_type === 'vespo',
  'grpo.use_bias_correction_kl': ({ grpo }) => grpo?.beta !== 0,
  'distillation.beta': ({ distillation }) => distillation?.distillation_mode !== 'sampled_token',
  'distillation.distillation_topk': ({ distillation }) => distillation?.distillation_mode === 'topk_logits',
  'distillation.top_k_of': ({ distillation }) => distillation?.distillation_mode === 'topk_logits',
  'distillation.distillation_add_tail': ({ distillation }) => distillation?.distillation_mode === 'topk_logits',
  'distillation.teacher_update_rate': ({ distillation }) => distillation?.teacher_model_kind === 'ema',
  'distillation.teacher_sync_steps': ({ distillation }) => distillation?.teacher_model_kind === 'ema',
  'distillation.max_reasoning_length': ({ distillation }) => distillation?.reason_first === true,
};

/** The two modes concern no model that always thinks, and their share only a mixed run; what was chosen before stays in sight. */
function concerns(path: string, settings: TrainingSettings, model: ModelSummary | null): boolean {
  const { thinking = 'template' } = settings.encoding;
  if (path === 'encoding.think_ratio') return thinking === 'mixed';
  if (IN_PROMPTS.has(path)) return false; // beside the prompts
  const loss = Object.keys(LOSSES).find((beginning) => path.startsWith(beginning));
  if (loss !== undefined) return LOSSES[loss]!(settings);
  return path !== 'encoding.thinking' || thinking !== 'template' || model?.thinking !== 'always';
}

function PresetWords({ preset, method }: { preset: PresetName; method: string }) {
  const model = useFacts((f) => f.model);
  const recipe = recipeFor(model);
  if (method === 'grpo') return grpoWords(preset, model);
  if (method === 'distillation') return distillationWords(preset, model);
  return preset === 'recommended' && recipe ? <RecipeWords recipe={recipe} whole /> : PRESETS[preset].words;
}

/** A few as buttons side by side, more as a list. */
function PresetChoice({ preset, method, choose }: { preset: PresetName; method: string; choose: (wanted: PresetName) => void }) {
  const data = presetsOf(method).map((value) => ({ value, label: PRESETS[value].label }));
  const shared = { size: 'xs', 'aria-label': 'Preset', value: preset, data, 'data-testid': 'preset' } as const;
  return data.length > 2 ? (
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
  const advanced = changed.filter((f) => f.part === 'advanced' && !IN_PROMPTS.has(f.path)).length;
  /** What the dataset asks for is kept by a preset; everything else that was changed is replaced. */
  const replaced = changed.filter(({ path }) => !KEPT_BY_PRESETS.includes(path)).length;
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
      <MethodChoice />
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
