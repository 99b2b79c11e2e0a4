// Rows of f32 kept in half the memory: x [T, C] -> packed [T, C/2 + ceil(C/64)] u32. A row's 16-bit integers come first, two to a word; then a byte for each
// group of 16 values, four to a word: e, where value = integer * 2^(e - 127 - 15). e is that of the group's largest, so an error is at most 2^-16 of it.
// One invocation four groups; C is a multiple of 4. Dispatch ceil(T * ceil(C/64) / 64), folded.

struct Params {
  rows: u32,
  quads: u32, // C / 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let per_row = (params.quads + 15u) / 16u;
  if (i >= params.rows * per_row) {
    return;
  }
  let row = i / per_row;
  let words = row * (2u * params.quads + per_row);
  var exponents = 0u;
  for (var g = 0u; g < 4u; g++) {
    let first = i % per_row * 16u + g * 4u;
    let end = min(first + 4u, params.quads);
    var peaks = vec4<f32>();
    for (var q = first; q < end; q++) {
      peaks = max(peaks, abs(x[row * params.quads + q]));
    }
    let peak = max(max(peaks.x, peaks.y), max(peaks.z, peaks.w));
    // One more than the exponent of the largest, so that all are below 1 in size.
    let e = clamp(bitcast<u32>(peak) >> 23u, 16u, 252u) + 1u;
    exponents |= e << (8u * g);
    let up = bitcast<f32>((269u - e) << 23u); // 2^(127 - e + 15)
    for (var q = first; q < end; q++) {
      let v = vec4<i32>(clamp(round(x[row * params.quads + q] * up), vec4<f32>(-32768.0), vec4<f32>(32767.0)));
      let u = bitcast<vec4<u32>>(v);
      packed[words + 2u * q] = (u.x & 0xffffu) | (u.y << 16u);
      packed[words + 2u * q + 1u] = (u.z & 0xffffu) | (u.w << 16u);
    }
  }
  packed[words + 2u * params.quads + i % per_row] = exponents;
}
