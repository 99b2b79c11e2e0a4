/** `logits`: the logits of whole rows, each row alone, as tensors `logits.0`, `logits.1`, ... f32 [T, V]. */
import { withLora } from '../../engine/adapters/lora.ts';
import { f32Tensor, type TensorData, writeSafetensors } from '../../engine/files/safetensors-write.ts';
import { computeLogits } from '../../engine/models/logits.ts';
import { parseArguments } from '../arguments.ts';
import { readIds, readJson, writeResult } from '../json-files.ts';
import { freeModel, limitsOf, openAdapter, openModel } from '../model-folder.ts';
import type { Runner } from '../runner.ts';

const spec = { model: 'required', adapter: 'optional', ids: 'required', out: 'required' } as const;

export async function logits(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('logits', argv, spec);
  const json = readJson(args.ids);
  const session = await openModel(runner, args.model);
  try {
    const rows = readIds(json, args.ids, limitsOf(session.config));
    const layout = args.adapter === undefined ? null : (await openAdapter(session, args.adapter)).layout;
    const tensors = new Map<string, TensorData>();
    for (const [i, ids] of rows.entries()) {
      const values = await computeLogits(session, ids, (trace, weights) => (layout ? withLora(trace, weights, layout) : weights));
      tensors.set(`logits.${i}`, f32Tensor(values, ids.length, session.config.vocab_size));
    }
    writeResult(args.out, writeSafetensors(tensors));
  } finally {
    freeModel(session);
  }
}
