/**
 * Suite `decode`: generation without an end, 48 new tokens after prompts of 64, for several numbers of rows that decode together (they read the
 * weights once), and prefill alone. Prompts are arbitrary ids: what is measured does not depend on them, the routing of experts aside. All sizes are
 * measured in turns and the best of each counts, so that what else the machine does falls on all alike.
 */
import { Generator } from '../../src/engine/generate/generator.ts';
import type { Session } from '../../src/engine/models/session.ts';

const PROMPT = 64;
const NEW = 48;
const ROWS = [1, 4, 16, 64];
const TURNS = 4;

export interface DecodeStats {
  readonly rows: number;
  readonly prompt_tokens: number;
  readonly new_tokens: number;
  /** All rows together, while decoding. */
  readonly tokens_per_second: number;
  readonly milliseconds_per_step: number;
  /** CPU time of the process over all threads: on a software adapter the work itself. */
  readonly cpu_milliseconds_per_step: number;
  /** Tokens for the same CPU time, where one row alone is 1. */
  readonly times_one_row: number;
  /** All prompt tokens, until the first new one is there. */
  readonly prefill_tokens_per_second: number;
}

interface Best {
  /** Milliseconds until the first ids, and from there until all; CPU time of the latter. */
  first: number;
  rest: number;
  cpu: number;
}

export async function benchDecode(session: Session, note: (text: string) => void): Promise<DecodeStats[]> {
  const sizes = ROWS.map((rows) => ({
    rows,
    generator: new Generator(session, `bench.${rows}.`),
    best: { first: Infinity, rest: Infinity, cpu: Infinity },
  }));
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const { rows, generator, best } of sizes) {
      const found = await generate(generator, session, rows);
      if (turn === 0) continue; // compiled
      for (const key of ['first', 'rest', 'cpu'] as const) best[key] = Math.min(best[key], found[key]);
    }
  }
  const alone = sizes[0]!.best.cpu;
  return sizes.map(({ rows, generator, best: { first, rest, cpu } }) => {
    generator.free();
    const stats = {
      rows,
      prompt_tokens: PROMPT,
      new_tokens: NEW,
      tokens_per_second: (rows * (NEW - 1) * 1000) / rest,
      milliseconds_per_step: rest / (NEW - 1),
      cpu_milliseconds_per_step: cpu / (NEW - 1),
      times_one_row: (rows * alone) / cpu,
      prefill_tokens_per_second: (rows * PROMPT * 1000) / first,
    };
    note(
      `${rows} rows: ${Math.round(stats.tokens_per_second)} tokens/s, ${stats.times_one_row.toFixed(1)} times one row for the same CPU time`,
    );
    return stats;
  });
}

async function generate(generator: Generator, { config }: Session, rows: number): Promise<Best> {
  const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };
  const started = performance.now();
  let first = 0;
  let used = process.cpuUsage();
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
      if (first > 0) return false;
      first = performance.now() - started;
      used = process.cpuUsage();
      return false;
    },
  });
  const { user, system } = process.cpuUsage(used);
  return { first, rest: performance.now() - started - first, cpu: (user + system) / 1000 };
}
