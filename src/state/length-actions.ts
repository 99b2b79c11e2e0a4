/**
 * max_length follows the data until it is set by hand: the length of the preset, or the longer one that keeps 99 % of the rows whole, as far as the
 * model's positions and the memory of the GPU allow. The planner judges the memory; one question is under way at a time, and the newest counts.
 */
import { engine } from '../client/engine.ts';
import { keepingLengths } from '../lib/row-lengths.ts';
import { dataStore } from './data.ts';
import { facts, planUnderWay } from './facts.ts';
import { attempt } from './pending.ts';
import { planningStore, planQuestion } from './planning.ts';
import { presetSettings } from './presets.ts';
import { followLength, settingsStore } from './settings.ts';

/** Everything that the length depends on, but the length itself. */
function standing(): unknown[] {
  const { model, device } = facts.getState();
  const { preset, lengthByHand, settings } = settingsStore.getState();
  const { per_device_train_batch_size, checkpoint_dtype, lora } = settings;
  const { lengths } = dataStore.getState().statistics ?? {};
  return [
    model,
    device,
    lengths,
    preset,
    lengthByHand,
    per_device_train_batch_size,
    checkpoint_dtype,
    lora,
    planningStore.getState().gpu_bytes,
  ];
}

export function runLengthWatch(): void {
  let last: unknown[] = [];
  let busy = false;
  const look = async (): Promise<void> => {
    const now = standing();
    if (busy || now.every((value, i) => value === last[i])) return;
    last = now;
    busy = true;
    try {
      await follow(now);
    } finally {
      busy = false;
    }
    void look(); // what changed meanwhile
  };
  for (const store of [facts, settingsStore, dataStore, planningStore]) store.subscribe(() => void look());
  void look();
}

async function follow(asked: unknown[]): Promise<void> {
  const { model, dataset } = facts.getState();
  const { lengthByHand, preset, settings } = settingsStore.getState();
  const { statistics } = dataStore.getState();
  if (!model || !dataset || !statistics || lengthByHand || planUnderWay()) return;
  const keeping = keepingLengths(statistics.lengths, model.context || undefined);
  const base = presetSettings(preset, model, settings.method).encoding.max_length;
  const wanted = Math.max(base, keeping?.most ?? 0);
  const question = planQuestion(
    null,
    { ...settings, encoding: { ...settings.encoding, max_length: wanted } },
    planningStore.getState(),
    model.context,
  );
  const fitting = await attempt('train', 'follow-length', () => engine().fittingLength(question), {
    quiet: ['StateError', 'DeviceError', 'SettingsError'],
  });
  const unchanged = standing().every((value, i) => value === asked[i]);
  if (fitting !== undefined && unchanged && fitting !== settings.encoding.max_length) followLength(fitting);
}
