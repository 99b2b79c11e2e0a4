/** Logits of whole rows: for parity with transformers and for the headless verb. Not how generation works (see generate/). */
import { plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { linear } from '../ops/linear.ts';
import { forward } from './index.ts';
import { type Session, writeIds } from './session.ts';
import { packedStream } from './stream.ts';
import { loadedWeights, type Weights } from './weights.ts';

/** f32 [T, V]. `adapt` wraps the weights, for example with an adapter's branches. */
export async function computeLogits(
  session: Session,
  ids: readonly number[],
  adapt: (trace: Trace, weights: Weights) => Weights = (_trace, weights) => weights,
): Promise<Float32Array<ArrayBuffer>> {
  const { store, config } = session;
  const trace = new Trace();
  const { stream, attend } = packedStream(trace, session, ids.length, 'logits.');
  const weights = adapt(trace, loadedWeights(trace, session.weights));
  const logits = trace.keep(linear(trace, forward(trace, config, weights, stream, attend), weights.linear('lm_head')));
  const planned = plan(trace, session.capabilities);
  const pool = new Pool(store, 'logits');
  try {
    for (const t of planned.persistent) if (t.role === 'input') store.create(t.name, byteLength(t), 'inputs');
    await writeRow(session, ids);
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    program.run();
    const out = new Float32Array(await program.read(logits));
    program.free();
    return out;
  } finally {
    pool.free();
    store.free((name) => name.startsWith('logits.'));
  }
}

async function writeRow(session: Session, ids: readonly number[]): Promise<void> {
  const { store } = session;
  const n = ids.length;
  await writeIds(session, 'logits.', Uint32Array.from(ids));
  store.write(
    'logits.positions',
    Uint32Array.from({ length: n }, (_, i) => i),
  );
  store.write('logits.doc_start', new Uint32Array(n));
  store.write('logits.doc_end', new Uint32Array(n).fill(n));
}
