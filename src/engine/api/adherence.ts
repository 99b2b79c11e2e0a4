/** Probes of adherence while a run goes on: the same question in every language, greedy, with the adapter as it stands. */
import { shareInLanguage } from '../../lib/language/index.ts';
import type { RunRecord, TrainingSettings } from '../../protocol/training.ts';
import { promptOf } from '../chat/prompt.ts';
import type { GenerationRow } from '../generate/generator.ts';
import { generate } from './asking.ts';
import type { EngineState } from './engine-state.ts';

const PROBE_TOKENS = 160;

export function dueProbe({ settings, samples, total_steps }: RunRecord, done: number): boolean {
  const { adherence_steps, adherence_languages } = settings;
  if (!probes(settings)) return false;
  if (samples.filter(({ step }) => step === done).length >= adherence_languages.length) return false;
  return done % adherence_steps === 0 || done === total_steps;
}

export function probes({ adherence_steps, adherence_languages }: TrainingSettings): boolean {
  return adherence_steps > 0 && adherence_languages.length > 0;
}

/** The question of the probe, and one row a language. */
export function probeRows(engine: EngineState, settings: TrainingSettings): { question: string; rows: GenerationRow[] } {
  const { adherence_languages, adherence_question, encoding } = settings;
  const model = engine.needModel();
  const question = adherence_question?.trim() || model.questions[0] || 'What is the capital of France?';
  const rows = adherence_languages.map((language) => ({
    prompt: promptOf(model, { messages: [{ role: 'user', content: question }] }, { reasoning_language: language, date: encoding.date }),
    sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 },
    max_new_tokens: PROBE_TOKENS,
  }));
  return { question, rows };
}

/** Waits for its turn; adds a sample a language to the record. */
export async function probeAdherence(engine: EngineState, record: RunRecord, step: number): Promise<void> {
  const { tokenizer, format } = engine.needModel();
  const { adherence_languages: languages } = record.settings;
  const { question, rows } = probeRows(engine, record.settings);
  const streams = languages.map(() => format.reply(tokenizer));
  await generate(engine, rows, 'adapter', undefined, (i, ids) => {
    streams[i]!.push(ids);
    return streams[i]!.answered;
  });
  const samples = [];
  for (const [i, language] of languages.entries()) {
    streams[i]!.finish();
    const { thinking, content } = streams[i]!;
    samples.push({ step, language, question, thinking, content, share: thinking ? await shareInLanguage(thinking, language) : null });
  }
  record.samples.push(...samples); // all or none: a run that is resumed asks again
  for (const sample of samples) engine.emit({ type: 'adherence', sample });
}
