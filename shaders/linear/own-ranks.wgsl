// Several adapters beside each other along the rank, A = [A1; A2; ..]: of x A^T a row keeps the ranks of its own adapter, the others become 0.
//   ranks [T, C] has of every row the first quad that it keeps and the one behind the last, for each of C mixes: matrices differ in whose ranks they hold.
//   keeps(row, which, quad): whether the row keeps this quad of matrix `which` of the launch.
// Goes in front of the ways down: linear.forward, linear.gemv, norm-down, expert-rows, grouped-linear.

@group(0) @binding(21) var<storage, read> ranks: array<vec2<u32>>;

override MIXES: u32; // C
override MIX_0: u32; // of the first, second and third matrix
override MIX_1: u32;
override MIX_2: u32;

fn keeps(row: u32, which: u32, quad: u32) -> bool {
  let mix = select(select(MIX_2, MIX_1, which == 1u), MIX_0, which == 0u);
  let own = ranks[row * MIXES + mix];
  return quad >= own.x && quad < own.y;
}
