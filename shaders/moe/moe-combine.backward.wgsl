// Gradient of the weighted sum over experts.
//   out_t = sum_k w_tk y_s with s the slot of (t, k), and every slot belongs to one (t, k), so
//   dy_s = w_tk dout_t and dw_tk = <dout_t, y_s>.
//   y [S, C], weights [T, K], dout [T, C] -> dy [S, C], dweights [T, K], both written whole; C is a multiple of 4.
// One invocation a pair (t, k), along its whole row: no barrier. Dispatch ceil(T * K / 64), folded.

struct Params {
  slots: u32,
  per_token: u32,
  width: u32,
  token_slot_at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> route: array<u32>;
@group(0) @binding(4) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dy: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dweights: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let pair = (group.y * groups.x + group.x) * 64u + lane;
  if (pair >= params.slots) {
    return;
  }
  let quads = params.width / 4u;
  let slot = route[params.token_slot_at + pair] * quads;
  let token = pair / params.per_token * quads;
  let weight = weights[pair];
  var sum = vec4<f32>();
  for (var c = 0u; c < quads; c++) {
    let d = dout[token + c];
    sum += d * y[slot + c];
    dy[slot + c] = weight * d;
  }
  dweights[pair] = sum.x + sum.y + sum.z + sum.w;
}
