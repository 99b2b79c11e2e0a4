/**
 * The sentence a model introduces itself with, where its own chat_template.jinja has another default than gpt-oss. The template is only searched
 * for that one string, never run.
 */
import { STOCK_IDENTITY } from './system.ts';

const COMMENT = /\{#[\s\S]*?#\}/g;
const DEFAULT = /\bmodel_identity\b[^"'{}]*?(?:=|\belse\b)\s*(["'])((?:(?!\1)[^\\\n])+)\1/;

export function defaultIdentity(chatTemplate: string | undefined): string {
  return DEFAULT.exec((chatTemplate ?? '').replaceAll(COMMENT, ''))?.[2] ?? STOCK_IDENTITY;
}
