/** The dataset as prompts, for runs that learn from answers: made once for (dataset, settings of prompts, tokenizer), as encodings are. */
import type { TrainingSettings } from '../../protocol/training.ts';
import type { PromptRows } from '../batch/prompt-rows.ts';
import type { Dataset } from '../data/dataset.ts';
import { promptsOfRun } from '../train/prompts.ts';
import type { EngineState, ModelText } from './engine-state.ts';

interface Known {
  readonly by: string;
  readonly text: ModelText;
  readonly prompts: Promise<PromptRows>;
}

/** The last one of each dataset. */
const last = new WeakMap<Dataset, Known>();

export function promptsOf(engine: EngineState, run: TrainingSettings): Promise<PromptRows> {
  const { dataset } = engine.needData();
  const text = engine.needText();
  const { method, encoding, grpo, distillation } = run;
  const by = JSON.stringify([method, encoding, grpo?.max_completion_length, distillation]);
  const known = last.get(dataset);
  if (known?.by === by && known.text === text) return known.prompts;
  const prompts = engine.task('prompts', 'Reading the prompts', 'rows', (signal) =>
    promptsOfRun(dataset, run, text, text.positions, signal),
  );
  last.set(dataset, { by, text, prompts });
  prompts.catch(() => {
    if (last.get(dataset)?.prompts === prompts) last.delete(dataset); // else a newer read stands in its place
  });
  return prompts;
}
