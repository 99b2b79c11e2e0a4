/** Pieces of a prompt as blocks to read: a label stands with what it is the label of. Pure. */
import type { PromptPart, PromptPiece } from '../protocol/prompt-previews.ts';

export interface PromptBlock {
  readonly part: PromptPart;
  readonly pieces: readonly PromptPiece[];
  /** Of the piece that is no label, without the space around it. */
  readonly text: string;
}

/** A label belongs to the text of the row behind it, or else to the one in front of it. */
export function promptBlocks(pieces: readonly PromptPiece[]): PromptBlock[] {
  const blocks: { part: PromptPart; pieces: PromptPiece[]; text: string }[] = [];
  let waiting: PromptPiece[] = [];
  pieces.forEach((piece, at) => {
    const next = pieces[at + 1]?.part;
    if (piece.part !== 'label') {
      blocks.push({ part: piece.part, pieces: [...waiting, piece], text: piece.text.trim() });
      waiting = [];
    } else if (next === undefined || next === 'instruction' || next === 'label') blocks.at(-1)?.pieces.push(piece);
    else waiting.push(piece);
  });
  return blocks;
}
