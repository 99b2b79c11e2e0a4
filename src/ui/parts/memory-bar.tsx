/**
 * The planned peak by class, as one bar with its numbers beside it. Browsers do not tell how much memory a GPU has, so the bar shows shares
 * of the plan, and the text compares what can be compared: the largest single binding against what the GPU offers.
 */
import { Text } from '@mantine/core';
import { formatBytes } from '../../lib/format.ts';
import type { MemoryPlan } from '../../protocol/training.ts';
import { useFacts } from '../use.ts';
import classes from './parts.module.css';

export const MEMORY_CLASSES = [
  { key: 'weights', label: 'Weights', hue: 1, keys: ['weights'] },
  { key: 'adapter', label: 'Adapter', hue: 2, keys: ['adapter'] },
  { key: 'optimizer', label: 'Optimiser', hue: 5, keys: ['optimizer'] },
  { key: 'activations', label: 'Activations', hue: 3, keys: ['checkpoints', 'workspace'] },
  { key: 'rest', label: 'Loss, cache, inputs', hue: 4, keys: ['loss', 'cache', 'inputs'] },
] as const;

export function MemoryBar({ plan }: { plan: MemoryPlan }) {
  const limit = useFacts((f) => f.device?.limits.maxStorageBufferBindingSize);
  const parts = MEMORY_CLASSES.map((c) => ({ ...c, bytes: c.keys.reduce((sum, key) => sum + plan[key], 0) })).filter((p) => p.bytes > 0);
  const total = parts.reduce((sum, p) => sum + p.bytes, 0) || 1;
  const spoken = parts.map((p) => `${p.label} ${formatBytes(p.bytes)}`).join(', ');
  return (
    <div data-testid="memory-bar">
      <div className={classes.memory} role="img" aria-label={`Planned memory: ${spoken}; peak ${formatBytes(plan.peak)}`}>
        {parts.map((p) => (
          <span key={p.key} style={{ width: `${(100 * p.bytes) / total}%`, background: `var(--language-${p.hue})` }} />
        ))}
      </div>
      <div className={`${classes.legend} numbers`}>
        {parts.map((p) => (
          <span key={p.key}>
            <span className={classes.swatch} style={{ background: `var(--language-${p.hue})` }} aria-hidden="true" />
            {p.label} {formatBytes(p.bytes)}
          </span>
        ))}
      </div>
      <Text size="xs" c="dimmed" mt={6} className="numbers">
        Peak {formatBytes(plan.peak)}; largest single binding {formatBytes(plan.largest_binding)}
        {limit === undefined ? '' : ` of ${formatBytes(limit)} this GPU allows`}.
      </Text>
    </div>
  );
}
