/** The buffers that a run makes, one by one: what memory.ts sums up. For trying them on the GPU before the run begins. */
import type { ARENAS } from '../adapters/lora.ts';
import { ownBuffers, plansOf } from '../generate/memory.ts';
import type { Wanted } from '../gpu/probe.ts';
import { poolSizes, uniformBytes } from '../graph/program.ts';
import { allPlans, historyOf, inputsOf } from './plans.ts';
import type { PreparedRun } from './run.ts';

const ARENA_LABELS: Record<keyof typeof ARENAS, string> = {
  parameters: 'the adapter',
  gradients: 'the gradients',
  m: 'the first moments of AdamW',
  v: 'the second moments of AdamW',
  average: 'the running average of the adapter',
};

const SLOT_LABELS = {
  checkpoints: 'inputs of blocks that are kept for the backward',
  workspace: 'intermediate values',
  loss: 'the loss',
} as const;

/** Largest first, so that a GPU with too little memory fails early. */
export function buffersOfRun({
  layout,
  plans,
  history,
  answers = [],
}: Pick<PreparedRun, 'layout' | 'plans' | 'history'> & Partial<Pick<PreparedRun, 'answers'>>): Wanted[] {
  const training = allPlans(plans);
  const asking = answers.flatMap(plansOf);
  const all = [...training, ...asking];
  const caches = answers.flatMap(ownBuffers);
  const arenas = Object.entries(ARENA_LABELS)
    .filter(([name]) => name !== 'average' || plans.objective.average)
    .map(([, label]) => ({ label, bytes: layout.length * 4 }));
  const slots = [...poolSizes(all.map((p) => p.slots)).values()].map((slot) => ({ label: SLOT_LABELS[slot.class], bytes: slot.bytes }));
  return [
    ...arenas,
    ...slots,
    ...[...inputsOf(training)].map(([label, bytes]) => ({ label, bytes })),
    ...caches.map(({ name, bytes }) => ({ label: name, bytes })),
    ...all.map((p) => ({ label: 'parameters of launches', bytes: uniformBytes(p) })),
    ...[...historyOf(history, plans).values()].map((bytes) => ({ label: 'stats of micro-batches', bytes })),
  ].sort((a, b) => b.bytes - a.bytes);
}
