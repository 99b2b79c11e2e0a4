/** A number as written -> sympy's Integer or Float. */
import { ofDecimal } from '../rational.ts';
import { number } from '../tree.ts';
import type { TrlScalar } from './read.ts';

export function plainNumber(text: string): TrlScalar | null {
  const plain = text.replaceAll(/[\s+]/g, '').replace(/^--/, '');
  if (!/^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(plain) || plain.length > 900) return null;
  return { kind: 'scalar', tree: number(ofDecimal(plain)), atom: plain.includes('.') ? 'float' : 'exact' };
}
