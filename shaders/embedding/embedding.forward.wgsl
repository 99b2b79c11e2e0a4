// Embedding: y_t = scale * table[ids_t], after a weight decoder (shaders/weights), which declares `weight4`.
//   ids [T] u32, table [V, C] -> y [T, C]; C a multiple of 4.
// A table longer than one binding is bound in ranges of rows, one launch each: a launch writes the rows of y whose id lies in
// [first, first + count), and the last one (last = 1) writes zeros where an id lies beyond the table.
// One invocation a quad of y; dispatch ceil(T * C / 4 / 64), folded into y.

struct Params {
  tokens: u32,
  quads: u32, // C / 4
  first: u32,
  count: u32,
  last: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> ids: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let token = i / params.quads;
  if (token >= params.tokens) {
    return;
  }
  let id = ids[token];
  if (id >= params.first && id - params.first < params.count) {
    y[i] = params.scale * weight4((id - params.first) * params.quads + i % params.quads);
  } else if (params.last == 1u && id >= params.first) {
    y[i] = vec4<f32>(0.0);
  }
}
