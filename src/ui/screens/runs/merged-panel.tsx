/** The adapter merged into the model: one folder that needs no PEFT. What will be written and what rounding costs stand before the buttons. */
import { Alert, Button, Code, Group, Paper, SegmentedControl, Skeleton, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatPercent } from '../../../lib/format.ts';
import type { MergeDtype, MergedLoss, MergedPlan } from '../../../protocol/merging.ts';
import { isRunning } from '../../../state/facts.ts';
import { hasFolderPicker } from '../../../state/folders.ts';
import { planMerge, writeMerge, writeMergeIntoFolder } from '../../../state/merge-actions.ts';
import { FileTable } from '../../parts/file-table.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { useBusy, useFacts, useMerge } from '../../use.ts';

const DTYPES: { value: MergeDtype; label: string }[] = [
  { value: 'base', label: 'As the base' },
  { value: 'bf16', label: 'bf16' },
  { value: 'f16', label: 'f16' },
  { value: 'f32', label: 'f32' },
];

export function MergedPanel() {
  const adapter = useFacts((f) => f.adapter);
  const running = isRunning(useFacts((f) => f.run?.phase));
  const { dtype, plan } = useMerge();
  const [open, setOpen] = useState(false);
  if (!adapter) return null;
  const show = (next: MergeDtype) => {
    setOpen(true);
    void planMerge(next);
  };
  return (
    <Paper className="panel" p="lg" data-testid="merged">
      <Title order={2}>A merged model</Title>
      <Text size="sm" mt={4} mb="md" className="reading">
        The whole model with the adapter in its weights, as a Hugging Face folder: it needs no PEFT and is as large as the model.
      </Text>
      {open ? (
        <>
          <SegmentedControl
            size="xs"
            data={DTYPES}
            value={dtype}
            onChange={(value) => show(value as MergeDtype)}
            aria-label="Number format"
          />
          {plan ? <Planned plan={plan} dtype={dtype} disabled={running} /> : <Skeleton h={120} mt="md" />}
        </>
      ) : (
        <Button variant="default" disabled={running} onClick={() => show(dtype)} data-testid="merge-plan">
          See what it would be
        </Button>
      )}
    </Paper>
  );
}

function Planned({ plan, dtype, disabled }: { plan: MergedPlan; dtype: MergeDtype; disabled: boolean }) {
  return (
    <>
      <FileTable files={plan.files} label="Files of the merged model" testId="merged-files" />
      <Text size="sm" mt={4} fw={600} data-testid="merged-bytes">
        {formatBytes(plan.bytes)} in all
      </Text>
      <Loss loss={plan.loss} dtype={dtype} />
      <Ways plan={plan} disabled={disabled} />
    </>
  );
}

/** From here on the answers differ visibly from the adapter's. */
const NOTABLE = 0.05;

function Loss({ loss, dtype }: { loss: MergedLoss | null; dtype: MergeDtype }) {
  if (!loss) return <Text size="sm">The adapter changes nothing: the merged model is the base.</Text>;
  const { relative_error, unchanged_ratio } = loss;
  if (dtype === 'f32' || relative_error < NOTABLE)
    return (
      <Text size="sm" c="dimmed" data-testid="merged-loss">
        Rounding takes {formatPercent(relative_error, 1)} of what the adapter changes.
      </Text>
    );
  return (
    <Alert color="yellow" mt="sm" data-testid="merged-loss">
      Rounding takes {formatPercent(relative_error, 0)} of what the adapter changes, and {formatPercent(unchanged_ratio, 0)} of the weights
      stay as they were: the merged model may answer otherwise than base and adapter. f32 keeps all of it; so does the adapter beside the
      base.
    </Alert>
  );
}

function Ways({ plan, disabled }: { plan: MergedPlan; disabled: boolean }) {
  const busy = useBusy('merge');
  const { written } = useMerge();
  const pick = hasFolderPicker();
  const full = plan.storage !== null && plan.storage < plan.bytes;
  return (
    <>
      <Group mt="md" gap="sm">
        {pick && (
          <Button disabled={disabled} loading={busy} onClick={() => void writeMergeIntoFolder()} data-testid="merge-folder">
            Write into a folder
          </Button>
        )}
        <Button
          variant={pick ? 'default' : 'filled'}
          disabled={disabled || busy || full}
          onClick={() => void toZip()}
          data-testid="merge-zip"
        >
          Download as a zip
        </Button>
      </Group>
      {full && (
        <Text size="xs" c="dimmed" mt={4}>
          A zip passes through the browser’s storage, which has {formatBytes(plan.storage ?? 0)} left for this page.
        </Text>
      )}
      <TaskProgress names={['merged']} />
      {written && (
        <Text size="sm" mt="sm" role="status" data-testid="merged-written">
          Written to <Code>{written}</Code>. Open it here as a folder, or in Python with <Code>AutoModelForCausalLM.from_pretrained</Code>.
        </Text>
      )}
    </>
  );
}

async function toZip(): Promise<void> {
  const file = await writeMerge({ kind: 'zip' });
  if (file) saveFile(file.name, file);
}
