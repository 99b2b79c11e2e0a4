/**
 * Probes of adherence while a run goes on: the same question in every language, greedy, with the adapter as it stands. A run whose rows ask for the answer's
 * language asks for it here too, and for the same as the thought's.
 */
import type { AdherenceSample, RunRecord, TrainingSettings } from '../../protocol/training.ts';
import { promptOf } from '../chat/prompt.ts';
import { GREEDY, type Prompt } from '../generate/answer.ts';
import { answerLocked } from './asking.ts';
import type { EngineState } from './engine-state.ts';
import { inQuestion, replyAdherence } from './in-question.ts';

export const PROBE_SAMPLING = { ...GREEDY, max_new_tokens: 160 };

export function dueProbe({ settings, samples, total_steps }: RunRecord, done: number): boolean {
  const { adherence_steps, adherence_languages } = settings;
  if (!probes(settings)) return false;
  if (samples.filter(({ step }) => step === done).length >= adherence_languages.length) return false;
  return done % adherence_steps === 0 || done === total_steps;
}

export function probes({ adherence_steps, adherence_languages }: TrainingSettings): boolean {
  return adherence_steps > 0 && adherence_languages.length > 0;
}

function askedBy({ encoding }: TrainingSettings, language: string): { reasoning_language: string; answer_language?: string } {
  return { reasoning_language: language, ...(encoding.inject_answer_language && { answer_language: language }) };
}

/** The question of the probe, and one prompt a language. */
export async function probePrompts(engine: EngineState, settings: TrainingSettings): Promise<{ question: string; prompts: Prompt[] }> {
  const { adherence_languages, adherence_question, encoding } = settings;
  const model = engine.needModel();
  const question = adherence_question?.trim() || model.questions[0] || 'What is the capital of France?';
  const messages = [{ role: 'user' as const, content: question }];
  const prompts = await Promise.all(
    adherence_languages.map(async (language) => ({
      ids: await promptOf(model, { messages }, { ...askedBy(settings, language), date: encoding.date }),
    })),
  );
  return { question, prompts };
}

/** Waits for its turn; adds a sample a language to the record. */
export async function probeAdherence(engine: EngineState, record: RunRecord, step: number): Promise<void> {
  const { question, prompts } = await probePrompts(engine, record.settings);
  const asked = prompts.map((prompt) => ({ ...prompt, by: 'adapter' }));
  const replies = await answerLocked(engine, asked, { sampling: PROBE_SAMPLING });
  const samples: AdherenceSample[] = [];
  const languages = record.settings.adherence_languages;
  const among = await inQuestion(engine, question, languages);
  for (const [i, language] of languages.entries()) {
    const { thinking, content } = replies[i]!;
    const adherence = await replyAdherence(replies[i]!, askedBy(record.settings, language), among);
    samples.push({ step, language, question, thinking, content, share: null, ...adherence });
  }
  record.samples.push(...samples); // all or none: a run that is resumed asks again
  for (const sample of samples) engine.emit({ type: 'adherence', sample });
}
