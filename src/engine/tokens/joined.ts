/**
 * Neighbouring plain pieces of a rendered conversation are one text to a tokenizer: "user\n" and "\n\nHello" share a token of three line breaks.
 * They are encoded together, and each token is given back to the piece that holds its first byte. Places are counted in bytes of the
 * normalised text, which is what tokens spell.
 */
import type { Segment } from '../../protocol/conversation.ts';

/** A special token, or all plain pieces up to the next one; `first` is the index of its first piece. */
export interface Run {
  readonly first: number;
  readonly pieces: readonly Segment[];
}

/** Whole runs in order; empty plain pieces stand in the run around them. */
export function runsOf(segments: readonly Segment[]): Run[] {
  const runs: { first: number; pieces: Segment[] }[] = [];
  for (const [index, segment] of segments.entries()) {
    const last = runs.at(-1);
    if (last && !segment.special && !last.pieces[0]!.special) last.pieces.push(segment);
    else runs.push({ first: index, pieces: [segment] });
  }
  return runs;
}

/** Of each piece, where its text ends in the run's normalised text, in bytes. Only where pieces compose across their border is more than each its own. */
export function byteEnds(pieces: readonly Segment[], normalise: (text: string) => string): number[] {
  const bytes = (text: string): number => UTF8.encode(normalise(text)).length;
  let end = 0;
  const ends = pieces.map((piece) => {
    end += bytes(piece.text);
    return end;
  });
  if (end === bytes(pieces.map((piece) => piece.text).join(''))) return ends;
  let text = '';
  return pieces.map((piece) => {
    text += piece.text;
    return bytes(text);
  });
}

/**
 * Of each token, the piece that holds its first byte, and whether any of its bytes is marked: a mask begins with the token that holds its
 * first character and ends with the one that holds its last.
 */
export function placeTokens(
  sizes: readonly number[],
  ends: readonly number[],
  pieces: readonly Segment[],
): { piece: number; marked: boolean }[] {
  let start = 0;
  let piece = 0;
  const last = pieces.length - 1;
  return sizes.map((size) => {
    while (piece < last && ends[piece]! <= start) piece++;
    const end = start + size;
    let marked = pieces[piece]!.assistant;
    for (let other = piece + 1; other <= last && ends[other - 1]! < end; other++) {
      marked ||= pieces[other]!.assistant && ends[other]! > ends[other - 1]!;
    }
    start = end;
    return { piece, marked };
  });
}

const UTF8 = new TextEncoder();
