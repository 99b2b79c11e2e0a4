/** The chat formats, one line each. */
import type { ChatFormat } from './format.ts';
import { harmony } from './harmony/index.ts';

const formats: readonly ChatFormat[] = [harmony];

/** By the template that a model's folder brings; Harmony where it brings none, or one that no format knows. */
export function formatOf(chatTemplate: string | undefined): ChatFormat {
  return formats.find((format) => chatTemplate !== undefined && format.writes(chatTemplate)) ?? harmony;
}
