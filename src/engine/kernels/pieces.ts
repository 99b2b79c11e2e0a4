/** Pieces of shaders that several kernels share, in the order in which they stand in front of a body. */

/** A register tile of 8 rows x 4 columns of a product, x W^T or x W. */
export const TILE = ['linear/tile', 'linear/tile.forward'] as const;
export const TILE_TRANSPOSED = ['linear/tile', 'linear/tile.transposed'] as const;
/** The activations of gated MLPs. */
export const GLU_ACT = 'elementwise/glu.act';
/** LoRA's way up inside a gemv kernel, and what stands there without an adapter. */
export const WAY_UP = 'linear/way-up';
export const NO_BRANCH = 'linear/no-branch';
/** Of LoRA's ways down: every row keeps all ranks, or those of its own adapter. */
export const ALL_RANKS = 'linear/all-ranks';
export const OWN_RANKS = 'linear/own-ranks';
/** Attention over a stream: 4 rows x 4 keys, and which keys a row sees. */
export const VISIBLE = 'attention/visible';
/** Floats as ordered integers, and the smallest of them above which there is less than a limit. */
export const KEY = 'sampling/key';
export const THRESHOLD = [KEY, 'sampling/threshold'] as const;
