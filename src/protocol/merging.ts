/** A model with its adapter merged into the weights: what will be written, what rounding costs, and where it goes. */

/** `base`: each tensor in its own dtype. */
export type MergeDtype = 'base' | 'bf16' | 'f16' | 'f32';

export interface MergedPlan {
  /** Of the folder, or of the zip without its ending. */
  name: string;
  files: { path: string; bytes: number }[];
  bytes: number;
  /** By a sample of each changed weight; null where the adapter changes nothing. */
  loss: MergedLoss | null;
  /** Bytes that the browser still stores for this page, which a zip needs; null where it does not say. */
  storage: number | null;
}

export interface MergedLoss {
  /** What rounding takes of the change: |rounded - exact| / |change|. */
  relative_error: number;
  /** Share of the weights the adapter changes that are written as they were. */
  unchanged_ratio: number;
}

/** A folder is made inside `parent`. */
export type MergeTarget = { kind: 'folder'; parent: FileSystemDirectoryHandle } | { kind: 'zip' };
