/** What an answer can be, once it is read. */
import type { Tree } from './tree.ts';
import type { Unit } from './units.ts';

/** One number or formula, with its unit. */
export interface Scalar {
  readonly kind: 'scalar';
  readonly tree: Tree;
  readonly unit: Unit | null;
  /** The decimals of a number that was written as one: 3.14 has the two places "3.14". */
  readonly literal: { readonly text: string; readonly places: number; readonly digits: number } | null;
}

/** Members in brackets: a list (no bracket), a set, a tuple, a point, or an interval, as the other side asks. */
export interface Group {
  readonly kind: 'group';
  readonly open: string;
  readonly close: string;
  readonly members: readonly Value[];
}

/** `x = 5`, `Area = 12`: the value under a name. */
export interface Equation {
  readonly kind: 'equation';
  /** null for a name in words. */
  readonly name: string | null;
  readonly value: Value;
}

export type Sign = '=' | '<' | '>' | '<=' | '>=' | '!=';

/** An equation or inequality that no single value says. */
export interface Relation {
  readonly kind: 'relation';
  readonly sides: readonly Tree[];
  readonly signs: readonly Sign[];
}

export interface Piece {
  readonly from: Tree;
  readonly to: Tree;
  readonly openFrom: boolean;
  readonly openTo: boolean;
}

/** A set of real numbers made of intervals. */
export interface Region {
  readonly kind: 'region';
  readonly name: string | null;
  readonly pieces: readonly Piece[];
}

export interface Matrix {
  readonly kind: 'matrix';
  readonly rows: readonly (readonly Tree[])[];
}

export interface Words {
  readonly kind: 'words';
  /** Compared as written, but for case, spaces and signs. */
  readonly text: string;
}

/** A letter of a multiple choice, perhaps with its text. */
export interface Option {
  readonly kind: 'option';
  readonly letter: string;
  readonly rest: string;
}

/** 3:4, and times of day. */
export interface Ratio {
  readonly kind: 'ratio';
  readonly parts: readonly Tree[];
  /** Minutes after midnight, where it is written as a time; `half` where am or pm is said. */
  readonly clock: { readonly minutes: number; readonly half: boolean } | null;
}

export interface Day {
  readonly kind: 'day';
  /** year-month-day, with an empty year where none is said. */
  readonly key: string;
}

export type Value = Scalar | Group | Equation | Relation | Region | Matrix | Words | Option | Ratio | Day;
