// Copies whole rows from one place to another, whatever their values are: y = x.
//   x, y: `words` words of four bytes. One invocation takes four; dispatch ceil(words / 4 / 64), folded.

struct Params {
  words: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * 256u + lane;
  for (var i = first; i < min(first + 256u, params.words); i += 64u) {
    y[i] = x[i];
  }
}
