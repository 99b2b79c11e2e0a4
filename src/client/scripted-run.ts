/**
 * A made-up training run and made-up answers for the scripted engine: losses that fall with noise, probes that change language half-way,
 * columns that stream word by word. Development and tests only; never in the product.
 */
import type { EngineEvent } from '../protocol/engine.ts';
import type { AskColumn, AskRequest, ColumnState } from '../protocol/generation.ts';
import type { RunRecord, StepMetrics, TrainingSettings } from '../protocol/training.ts';
import { answer, LANGUAGES, question, type ScriptedLanguage, thought } from './scripted-rows.ts';

type Emit = (event: EngineEvent) => void;

export function emptyRun(settings: TrainingSettings, steps: number): RunRecord {
  const started = new Date().toISOString();
  const names = { model: 'mother-tongue-mini', dataset: 'bundled multilingual thoughts' };
  return {
    id: `run-${Date.now().toString(36)}`,
    started,
    ...names,
    settings,
    phase: 'preparing',
    total_steps: steps,
    metrics: [],
    evals: [],
    samples: [],
  };
}

function noise(step: number): number {
  const x = Math.sin(step * 12.9898) * 43758.5453;
  return x - Math.floor(x) - 0.5;
}

export function stepMetrics(step: number, steps: number, settings: TrainingSettings): StepMetrics {
  const base = 0.25 + 2.6 * Math.exp((-3.4 * step) / steps);
  const warm = Math.max(1, Math.ceil(steps * 0.1));
  const factor = step <= warm ? (step - 1) / warm : 0.5 * (1 + Math.cos((Math.PI * (step - warm)) / (steps - warm))) * 0.9 + 0.1;
  return {
    step,
    epoch: step / steps,
    loss: base * (1 + 0.22 * noise(step)) + (step === 31 ? 1.1 : 0),
    learning_rate: settings.optimizer.learning_rate * factor,
    grad_norm: 0.4 + 2.2 * Math.exp((-3 * step) / steps) + 0.3 * Math.abs(noise(step + 7)),
    mean_token_accuracy: Math.min(0.995, 1 - base / 3.4 + 0.02 * noise(step + 3)),
    entropy: base * 0.8,
    num_tokens: step * 3010,
    step_time: 0.52 + 0.05 * noise(step + 1),
    tokens_per_second: 5600 + 500 * noise(step + 5),
  };
}

/** Probes at a step: before a third of the run every thought is English. */
export function probe(emit: Emit, step: number, steps: number, languages: string[]): void {
  languages.forEach((language, i) => {
    const turned = language === 'English' || step / steps > 0.3 + 0.07 * i;
    const half = !turned && step / steps > 0.2 + 0.06 * i;
    const known = (LANGUAGES as readonly string[]).includes(language) ? (language as ScriptedLanguage) : 'English';
    const text = turned
      ? thought(known, 5)
      : half
        ? `${thought('English', 5).split('. ')[0]}. ${thought(known, 5).split('. ').slice(1).join('. ')}`
        : thought('English', 5);
    emit({
      type: 'adherence',
      sample: {
        step,
        language,
        question: question('English', 5),
        analysis: text,
        final: answer('English', 5),
        share: turned ? 1 : half ? 0.62 : 0,
      },
    });
  });
}

/** Streams every column of a request word by word; resolves when all have ended or the signal is aborted. */
export async function streamAnswers(emit: Emit, request: AskRequest, signal: AbortSignal): Promise<void> {
  const columns = request.columns.map((column, i) => ({ column, words: script(column, i), at: 0 }));
  while (columns.some((c) => c.at <= c.words.length)) {
    await new Promise((resolve) => setTimeout(resolve, 45));
    for (const c of columns) {
      if (c.at > c.words.length) continue;
      c.at = signal.aborted ? c.words.length + 1 : c.at + 1;
      emit({
        type: 'column',
        request: request.id,
        state: columnState(c.column, c.words.slice(0, c.at), c.at > c.words.length, signal.aborted),
      });
    }
  }
  emit({ type: 'ask-end', request: request.id });
}

function script(column: AskColumn, i: number): string[] {
  const asked = column.reasoning_language ?? 'English';
  const known = (LANGUAGES as readonly string[]).includes(asked) ? (asked as ScriptedLanguage) : 'English';
  const rtl = asked === 'Arabic' ? 'السؤال عن عاصمة فرنسا. عاصمة فرنسا هي باريس. لذلك أجيب في جملة واحدة.' : null;
  const think = column.source === 'adapter' ? (rtl ?? thought(known, 0)) : thought('English', 0);
  const long = column.source === 'peer' ? `${think} ${think} ${think} ${think} ${think}` : think;
  return [...long.split(/(?<= )/), '\u0000', ...(i === 3 ? '<b>París</b> & "co"' : answer('Spanish', 0)).split(/(?<= )/)];
}

function columnState(column: AskColumn, words: string[], ended: boolean, cancelled: boolean): ColumnState {
  const [analysis = '', final = ''] = words.join('').split('\u0000');
  const share = column.source === 'adapter' || column.reasoning_language === 'English' ? 1 : 0;
  return {
    column: column.id,
    analysis: analysis.trim(),
    final: final.trim(),
    rest: '',
    tokens: words.length,
    tokens_per_second: 148 + noise(words.length) * 10,
    share: analysis.length > 30 && column.reasoning_language !== null ? share : null,
    stop: ended ? (cancelled ? 'cancelled' : 'eos') : null,
  };
}
