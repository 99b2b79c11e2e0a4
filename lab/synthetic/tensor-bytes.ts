/** The bytes of one tensor of a synthetic checkpoint, from any place in it, as its recipe says. Holds no more than what it is asked for. */
import { fillWords, type Key, keyOf } from './hash.ts';
import { bf16Table, type Recipe, recipeOf, scaleTable } from './recipe.ts';

export interface SyntheticTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'BF16' | 'U8';
  readonly bytes: number;
}

export class TensorBytes {
  private readonly key: Key;
  private readonly recipe: Recipe;
  private readonly bf16: Uint16Array;
  private readonly scales: Uint8Array;
  constructor(
    readonly tensor: SyntheticTensor,
    seed: number,
  ) {
    this.key = keyOf(seed, tensor.name);
    this.recipe = recipeOf(tensor.name, tensor.shape);
    this.bf16 = this.recipe.kind === 'bf16' ? bf16Table(this.recipe) : new Uint16Array();
    this.scales = this.recipe.kind === 'scales' ? scaleTable() : new Uint8Array();
  }

  /** Whole words of four bytes from word `first`; the last word of a tensor may reach beyond its end. */
  fill(first: number, out: Uint32Array): void {
    fillWords(this.key, first, out);
    const { bf16, scales } = this;
    if (this.recipe.kind === 'bf16') {
      for (let i = 0; i < out.length; i++) out[i] = bf16[out[i]! & 0xffff]! | (bf16[out[i]! >>> 16]! << 16);
    } else if (this.recipe.kind === 'scales') {
      const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
      for (let i = 0; i < bytes.length; i++) bytes[i] = scales[bytes[i]!]!;
    }
  }

  /** Bytes `offset` to `offset` + `length`, little-endian. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const first = Math.floor(offset / 4);
    const words = new Uint32Array(Math.ceil((offset + length) / 4) - first);
    this.fill(first, words);
    return new Uint8Array(words.buffer, offset - first * 4, length);
  }
}
