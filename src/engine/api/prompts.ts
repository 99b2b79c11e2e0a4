/** The dataset as prompts, for runs that learn from answers: made once for (dataset, settings of prompts, tokenizer), as encodings are. */
import { grpoDefaults } from '../../protocol/grpo.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { type PromptRows, promptRows } from '../batch/prompt-rows.ts';
import type { Dataset } from '../data/dataset.ts';
import type { EngineState, ModelText } from './engine-state.ts';

interface Known {
  readonly by: string;
  readonly text: ModelText;
  readonly prompts: Promise<PromptRows>;
}

/** The last one of each dataset. */
const last = new WeakMap<Dataset, Known>();

export function promptsOf(engine: EngineState, { encoding, grpo }: TrainingSettings): Promise<PromptRows> {
  const { dataset } = engine.needData();
  const text = engine.needText();
  const new_tokens = grpo?.max_completion_length ?? grpoDefaults.max_completion_length;
  const settings = { ...encoding, longest: text.positions - new_tokens };
  const by = JSON.stringify(settings);
  const known = last.get(dataset);
  if (known?.by === by && known.text === text) return known.prompts;
  const prompts = engine.task('prompts', 'Reading the prompts', 'rows', (signal) => promptRows(dataset, settings, text, signal));
  last.set(dataset, { by, text, prompts });
  prompts.catch(() => last.delete(dataset));
  return prompts;
}
