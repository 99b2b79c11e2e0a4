/**
 * Suite `decode`: generation without an end, 48 new tokens after prompts of 64, for several numbers of rows that decode together (they read the
 * weights once), and prefill alone. Prompts are arbitrary ids: what is measured does not depend on them, the routing of experts aside.
 */
import { Generator } from '../../src/engine/generate/generator.ts';
import type { Session } from '../../src/engine/models/session.ts';

const PROMPT = 64;
const NEW = 48;
const ROWS = [1, 4, 16, 64];

export interface DecodeStats {
  readonly rows: number;
  readonly prompt_tokens: number;
  readonly new_tokens: number;
  /** All rows together, while decoding. */
  readonly tokens_per_second: number;
  readonly milliseconds_per_step: number;
  /** All prompt tokens, until the first new one is there. */
  readonly prefill_tokens_per_second: number;
}

export async function benchDecode(session: Session, note: (text: string) => void): Promise<DecodeStats[]> {
  const stats: DecodeStats[] = [];
  for (const rows of ROWS) {
    const generator = new Generator(session);
    await generate(generator, session, rows); // compiles
    const { first, all } = await generate(generator, session, rows);
    generator.free();
    const decoding = (all - first) / 1000;
    stats.push({
      rows,
      prompt_tokens: PROMPT,
      new_tokens: NEW,
      tokens_per_second: (rows * (NEW - 1)) / decoding,
      milliseconds_per_step: (decoding * 1000) / (NEW - 1),
      prefill_tokens_per_second: (rows * PROMPT) / (first / 1000),
    });
    note(`${rows} rows: ${Math.round(stats.at(-1)!.tokens_per_second)} tokens/s`);
  }
  return stats;
}

/** Milliseconds until the first ids, and until all. */
async function generate(generator: Generator, { config }: Session, rows: number): Promise<{ first: number; all: number }> {
  const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };
  const started = performance.now();
  let first = 0;
  await generator.generate({
    rows: Array.from({ length: rows }, (_, r) => ({
      prompt: Uint32Array.from({ length: PROMPT }, (_, t) => (r * 131 + t * 7) % config.vocab_size),
      sampling,
      max_new_tokens: NEW,
    })),
    adapter: null,
    vocabulary_with_text: config.vocab_size,
    eos: [],
    onIds: () => {
      first ||= performance.now() - started;
    },
  });
  return { first, all: performance.now() - started };
}
