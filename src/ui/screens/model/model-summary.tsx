/** The loaded model: what it can do, its sizes, and the memory that training takes with the current settings. */
import { Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { formatBytes, formatCount, formatInteger } from '../../../lib/format.ts';
import type { ModelSummary } from '../../../protocol/model.ts';
import { FactsList } from '../../parts/facts-list.tsx';
import { Foreign } from '../../parts/foreign.tsx';
import { Planner } from '../../parts/planner.tsx';
import { useFacts, useLoadingModel, useSettings } from '../../use.ts';

export function ModelSummaryPanel() {
  const model = useFacts((f) => f.model);
  const busy = useLoadingModel();
  const settings = useSettings((s) => s.settings);
  if (!model) {
    return busy ? (
      <Stack className="panel" p="md" gap="sm" role="img" aria-label="The model is being loaded">
        <Skeleton h={18} w="40%" />
        <Skeleton h={12} w="80%" />
        <Skeleton h={12} w="75%" />
        <Skeleton h={12} w="50%" />
      </Stack>
    ) : (
      <Paper className="panel" p="md">
        <Text size="sm">No model is loaded. Use the bundled one, get one from the Hub, or open a folder.</Text>
      </Paper>
    );
  }
  return (
    <Paper className="panel" p="md" data-testid="model-summary">
      <Stack gap="md">
        <div>
          <Title order={2}>
            <Foreign text={model.name} />
          </Title>
          {model.about && (
            <Text size="sm" mt={4} className="reading">
              {model.about}
            </Text>
          )}
        </div>
        {model.notes && <SettingsNotes notes={model.notes} />}
        <FactsList items={sizes(model)} />
        <Planner subject="loaded" about={model.name} config={null} settings={settings} context={model.context} folded="all" />
      </Stack>
    </Paper>
  );
}

/** What of the model's own settings could not be used; it opened all the same. */
function SettingsNotes({ notes }: { notes: readonly string[] }) {
  return (
    <Stack gap={6} data-testid="settings-notes">
      {notes.map((note) => (
        <Text key={note} size="sm" style={{ borderInlineStart: '3px solid var(--warn)', paddingInlineStart: 10, overflowWrap: 'anywhere' }}>
          <b>Note.</b> {note}
        </Text>
      ))}
    </Stack>
  );
}

function sizes(model: ModelSummary): [string, string][] {
  const window = model.sliding_window ? `, window ${formatInteger(model.sliding_window)}` : '';
  return [
    ['Family', model.family],
    ['Parameters', formatCount(model.parameters)],
    ['Size', formatBytes(model.bytes)],
    ['Layers', `${model.layers} of width ${formatInteger(model.hidden_size)}`],
    ['Experts', model.experts > 0 ? `${model.experts}, ${model.experts_per_token} per token` : 'none'],
    ['Quantisation', model.quantization],
    ['Attention', `${model.heads} heads (${model.kv_heads} KV)${window}`],
    ['Vocabulary', formatInteger(model.vocab_size)],
    ['Context', `${formatInteger(model.context)} tokens`],
  ];
}
