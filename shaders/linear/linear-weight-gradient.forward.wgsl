// Part of dW = scale * dy^T x, the gradient of a linear layer to its (small, trainable) weight: one chunk of tokens.
//   dy [T, N], x [T, K] -> partial [CHUNKS, N, K]; K is a multiple of 4.
//   dW_nk = sum_t dy_tn x_tk. An invocation computes 4 rows n x 4 columns k over its chunk; chunks exist so that a small weight still
//   occupies the GPU, and are summed in order by `finish`, so that results are the same bit for bit on every run. No barrier: see linear.forward.
// Dispatch ceil(K / 4 * ceil(N / 4) * chunks / 64) workgroups, folded.

struct Params {
  rows: u32, // T
  outputs: u32, // N
  width: u32, // K
  chunks: u32,
  chunk: u32, // tokens of a chunk
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quads = params.width / 4u;
  let blocks = (params.outputs + 3u) / 4u;
  let i = (params.first_x + group.y * groups.x + group.x) * 64u + lane;
  let quad = i % quads;
  let block = (i / quads) % blocks;
  let chunk = i / (quads * blocks);
  if (chunk >= params.chunks) {
    return;
  }
  let n = block * 4u;
  let last = params.outputs - 1u;
  let n1 = min(n + 1u, last);
  let n2 = min(n + 2u, last);
  let n3 = min(n + 3u, last);
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  let end = min((chunk + 1u) * params.chunk, params.rows);
  for (var t = chunk * params.chunk; t < end; t++) {
    let v = x[t * quads + quad];
    let at = t * params.outputs;
    a0 += v * dy[at + n];
    a1 += v * dy[at + n1];
    a2 += v * dy[at + n2];
    a3 += v * dy[at + n3];
  }
  let base = (chunk * params.outputs + n) * quads + quad;
  partial[base] = a0;
  if (n + 1u <= last) {
    partial[base + quads] = a1;
  }
  if (n + 2u <= last) {
    partial[base + 2u * quads] = a2;
  }
  if (n + 3u <= last) {
    partial[base + 3u * quads] = a3;
  }
}
