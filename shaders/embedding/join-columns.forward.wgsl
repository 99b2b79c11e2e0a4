// Three matrices of as many rows beside each other: y [T, A + B + C] = [a | b | c]. One invocation a value; dispatch ceil(T * (A + B + C) / 64), folded.

struct Params {
  n: u32, // values of y
  a: u32, // columns of each
  b: u32,
  c: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n) {
    return;
  }
  let row = i / (params.a + params.b + params.c);
  let column = i % (params.a + params.b + params.c);
  if (column < params.a) {
    y[i] = a[row * params.a + column];
  } else if (column < params.a + params.b) {
    y[i] = b[row * params.b + column - params.a];
  } else {
    y[i] = c[row * params.c + column - params.a - params.b];
  }
}
