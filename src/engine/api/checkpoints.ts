/** Checkpoints of the run under way, kept beside the adapters and used as they are: in Compare, in Evaluate, and to be taken along. */
import { checkpointLimit } from '../../protocol/checkpoints.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { type AdapterLayout, downloadAdapter } from '../adapters/lora.ts';
import { baseOf, summariseAdapter } from './adapter.ts';
import type { EngineState } from './engine-state.ts';
import { adapterName, reportKept, shelve } from './kept-adapters.ts';

/** The adapter on the GPU as it is after `step` steps, with the lock held. One that is kept already, of a run that was resumed there, is the same to the bit. */
export async function keepCheckpoint(engine: EngineState, live: RunRecord, layout: AdapterLayout, step: number): Promise<void> {
  for (const { record } of await engine.shelf.list())
    if (record?.checkpoint && record.run?.id === live.id && record.run.metrics.at(-1)?.step === step) return;
  const run: RunRecord = { ...live, phase: 'stopped' }; // as one that ended there
  const { lora } = run.settings;
  const name = `${adapterName(run)}, step ${step}`;
  const summary = summariseAdapter(layout, lora, { name, origin: 'trained', base_model: baseOf(engine), run });
  const tensors = await downloadAdapter(engine.needModel().session.store, layout);
  await shelve(engine, { layout, settings: lora, summary, run }, tensors, false, checkpointLimit(run.settings));
  await reportKept(engine);
}
