// Puts the keys and values of a packed stream into the cache: cache[row[t], position[t]] = k[t], likewise v.
//   k, v [T, G*D], row, position [T] -> k_cache, v_cache [B, P, G*D], all else in them untouched; row >= B or position >= P: skipped (padding).
// One invocation four values of both; dispatch ceil(T*G*D/4 / 64), folded.

struct Params {
  tokens: u32,
  quads: u32, // G * D / 4
  rows: u32, // B
  capacity: u32, // P
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> row: array<u32>;
@group(0) @binding(4) var<storage, read> position: array<u32>;
@group(0) @binding(5) var<storage, read_write> k_cache: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> v_cache: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let token = i / params.quads;
  if (token >= params.tokens || row[token] >= params.rows || position[token] >= params.capacity) {
    return;
  }
  let to = (row[token] * params.capacity + position[token]) * params.quads + i % params.quads;
  k_cache[to] = k[i];
  v_cache[to] = v[i];
}
