/** The chat formats: one line each. Nothing outside this folder imports from a format's own. */
import { deepseekR1 } from './deepseek/index.ts';
import type { ChatFormat, ReplyText } from './format.ts';
import { gemma3 } from './gemma/index.ts';
import { harmony } from './harmony/index.ts';
import { harmonyText } from './harmony/stream.ts';
import { llama3, llama31, llama32 } from './llama/index.ts';
import { qwen3, qwen3Instruct2507, qwen3Older, qwen3Thinking2507, qwen25 } from './qwen/index.ts';
import { smollm3, smollm3Older } from './smollm3/index.ts';
import { type TemplateSource, templateFormat } from './template/format.ts';
import { noTemplate } from './template/none.ts';
import { splitThink } from './think/split.ts';

const formats: readonly ChatFormat[] = [
  harmony,
  qwen3,
  qwen3Older,
  qwen3Instruct2507,
  qwen3Thinking2507,
  qwen25,
  llama3,
  llama31,
  llama32,
  gemma3,
  deepseekR1,
  smollm3,
  smollm3Older,
];

/** By the template that a model's folder brings. One that is not known runs; so does a known one that is given variables of its own. */
export function formatOf(own: TemplateSource): ChatFormat {
  const known = formats.find((format) => format.writes(own.template));
  if (known === harmony) return harmony;
  const running = templateFormat(own);
  if (!known) return running;
  return {
    ...known,
    render: (conversation, options) => {
      const plain = options.template !== 'hf' || (Object.keys(options.variables ?? {}).length === 0 && !options.builtin_tools?.length);
      return (plain ? known : running).render(conversation, options);
    },
  };
}

/** Where a folder brings none: Harmony if its tokenizer has that format's tokens. */
export function formatWithoutTemplate(controls: readonly string[]): ChatFormat {
  return harmony.writes({ text: controls.join(' '), sha256: '' }) ? harmony : noTemplate;
}

/** Replies that come as text instead of ids, as from a peer, by how they mark reasoning. */
export const replyReaders = { harmony: harmonyText, think: splitThink } satisfies Record<string, (text: string) => ReplyText>;

export { harmonyBeginning, harmonyProblem } from './harmony/well-formed.ts';
export { opensThought } from './think/stream.ts';
