/** The chat formats: one line each. Nothing outside this folder imports from a format's own. */
import type { ChatFormat, ReplyText } from './format.ts';
import { harmony } from './harmony/index.ts';
import { harmonyText } from './harmony/stream.ts';
import { splitThink } from './think/split.ts';

const formats: readonly ChatFormat[] = [harmony];

/** By the template that a model's folder brings; Harmony where it brings none, or one that no format knows. */
export function formatOf(chatTemplate: string | undefined): ChatFormat {
  return formats.find((format) => chatTemplate !== undefined && format.writes(chatTemplate)) ?? harmony;
}

/** Replies that come as text instead of ids, as from a peer, by how they mark reasoning. */
export const replyReaders = { harmony: harmonyText, think: splitThink } satisfies Record<string, (text: string) => ReplyText>;
