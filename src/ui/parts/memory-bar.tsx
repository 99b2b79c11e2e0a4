/**
 * Planned peaks by class: training and answering as two bars on one scale, and a table of their bytes. Browsers do not report the memory of a
 * GPU: where the user has stated it, the bars are drawn against it, else against the larger of the two.
 */
import { Text } from '@mantine/core';
import { formatBytes } from '../../lib/format.ts';
import type { MemoryPlan } from '../../protocol/training.ts';
import { useFacts } from '../use.ts';
import classes from './parts.module.css';

const CLASSES = [
  { key: 'weights', label: 'Weights', hue: 1, keys: ['weights'] },
  { key: 'adapter', label: 'Adapter', hue: 2, keys: ['adapter'] },
  { key: 'optimizer', label: 'Optimiser', hue: 5, keys: ['optimizer'] },
  { key: 'checkpoints', label: 'Kept block inputs', hue: 3, keys: ['checkpoints'] },
  { key: 'workspace', label: 'Workspace', hue: 6, keys: ['workspace'] },
  { key: 'loss', label: 'Loss', hue: 4, keys: ['loss'] },
  { key: 'cache', label: 'KV cache', hue: 8, keys: ['cache'] },
  { key: 'inputs', label: 'Inputs', hue: 0, keys: ['inputs'] },
] as const;

type Part = (typeof CLASSES)[number];

function bytesOf(plan: MemoryPlan, part: Part): number {
  return part.keys.reduce((sum, key) => sum + plan[key], 0);
}

interface Props {
  train: MemoryPlan;
  generate: MemoryPlan;
}

function partsOf({ train, generate }: Props): Part[] {
  return CLASSES.filter((part) => bytesOf(train, part) + bytesOf(generate, part) > 0);
}

export function MemoryBars({ gpuBytes, ...plans }: Props & { /** All memory of the GPU; null: not stated. */ gpuBytes: number | null }) {
  const { train, generate } = plans;
  const end = Math.max(train.peak, generate.peak, gpuBytes ?? 0) || 1;
  const shown = partsOf(plans);
  return (
    <div className={classes.bars} data-testid="memory-bar">
      <Bar name="Training" plan={train} parts={shown} end={end} gpuBytes={gpuBytes} />
      <Bar name="Answering" plan={generate} parts={shown} end={end} gpuBytes={gpuBytes} />
    </div>
  );
}

/** The bytes behind the bars. */
export function MemoryTable(plans: Props) {
  const { train, generate } = plans;
  const limit = useFacts((f) => f.device?.limits.maxStorageBufferBindingSize);
  const largest = Math.max(train.largest_binding, generate.largest_binding);
  const shown = partsOf(plans);
  return (
    <div data-testid="memory-table">
      <table className={`${classes.bytes} numbers`}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Class</span>
            </th>
            <th scope="col">Training</th>
            <th scope="col">Answering</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((part) => (
            <tr key={part.key}>
              <th scope="row">
                <span className={classes.swatch} style={{ background: `var(--language-${part.hue})` }} aria-hidden="true" />
                {part.label}
              </th>
              <td>{formatNonzero(bytesOf(train, part))}</td>
              <td>{formatNonzero(bytesOf(generate, part))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed" mt={6} className="numbers">
        Largest single binding {formatBytes(largest)}
        {limit === undefined ? '' : ` of ${formatBytes(limit)} this GPU allows`}.
      </Text>
    </div>
  );
}

function formatNonzero(bytes: number): string {
  return bytes === 0 ? '–' : formatBytes(bytes);
}

interface BarProps {
  name: string;
  plan: MemoryPlan;
  parts: readonly Part[];
  end: number;
  gpuBytes: number | null;
}

function Bar({ name, plan, parts, end, gpuBytes }: BarProps) {
  const spoken = parts
    .filter((part) => bytesOf(plan, part) > 0)
    .map((part) => `${part.label} ${formatBytes(bytesOf(plan, part))}`)
    .join(', ');
  const of = gpuBytes === null ? '' : ` of ${formatBytes(gpuBytes)}`;
  return (
    <>
      <span>{name}</span>
      <div className={classes.memory} role="img" aria-label={`${name}: ${formatBytes(plan.peak)}${of}; ${spoken}`}>
        {parts.map((part) => (
          <span key={part.key} style={{ width: `${(100 * bytesOf(plan, part)) / end}%`, background: `var(--language-${part.hue})` }} />
        ))}
        {gpuBytes !== null && gpuBytes < end && <i className={classes.limit} style={{ insetInlineStart: `${(100 * gpuBytes) / end}%` }} />}
      </div>
      <span className="numbers">
        <b>{formatBytes(plan.peak)}</b>
        {of}
      </span>
    </>
  );
}
