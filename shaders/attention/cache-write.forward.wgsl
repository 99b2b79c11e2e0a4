// Puts the keys and values of a packed stream into the cache: cache[line[t]] = k[t], likewise v.
//   k, v [T, G*D], line [T] -> k_cache, v_cache [lines, G*D], all else in them untouched; a line that is not there is skipped (padding).
// One invocation four values of both; dispatch ceil(T*G*D/4 / 64), folded.

struct Params {
  tokens: u32,
  quads: u32, // G * D / 4
  lines: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> line: array<u32>;
@group(0) @binding(4) var<storage, read_write> k_cache: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> v_cache: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let token = i / params.quads;
  if (token >= params.tokens || line[token] >= params.lines) {
    return;
  }
  let to = line[token] * params.quads + i % params.quads;
  k_cache[to] = k[i];
  v_cache[to] = v[i];
}
