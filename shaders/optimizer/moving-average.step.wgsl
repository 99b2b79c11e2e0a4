// The running average of the adapter, over flat arenas: average = (1 - rate) average + rate param. At rate 1 it is param, to the bit.
//   rate [1], param [n], average [n] persistent; n a multiple of 4. One invocation a quad; dispatch ceil(n / 4 / 256), folded.

struct Params {
  quads: u32, // n / 4
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rate: array<f32>;
@group(0) @binding(2) var<storage, read> param: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> average: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (params.first_x + group.y * groups.x + group.x) * 256u + lane;
  if (i < params.quads) {
    average[i] = (1.0 - rate[0]) * average[i] + rate[0] * param[i];
  }
}
