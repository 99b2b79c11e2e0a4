// Gradient of the weighted sum over experts.
//   out_t = sum_k w_tk y_s with s the slot of (t, k), and every slot belongs to one (t, k), so
//   dy_s = w_tk dout_t and dw_tk = <dout_t, y_s>.
//   y [S, C], weights [T, K], dout [T, C] -> dy [S, C], dweights [T, K], both written whole; C is a multiple of 4.
// 16 lanes a pair (t, k), four pairs a workgroup; each lane sums its part of the dot product, then one lane sums the 16 parts in order.
// Dispatch ceil(T * K / 4), folded.

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

const LANES = 16u;
const PAIRS = 4u;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(LANES, PAIRS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let pair = (group.y * groups.x + group.x) * PAIRS + local.y;
  let quads = params.width / 4u;
  var dot_part = 0.0;
  if (pair < params.slots) {
    let weight = weights[pair];
    let slot = route[params.token_slot_at + pair] * quads;
    let token = pair / params.per_token * quads;
    for (var c = local.x; c < quads; c += LANES) {
      let d = dout[token + c];
      dot_part += dot(d, y[slot + c]);
      dy[slot + c] = weight * d;
    }
  }
  partial[local.y * LANES + local.x] = dot_part;
  workgroupBarrier();
  if (local.x == 0u && pair < params.slots) {
    var sum = 0.0;
    for (var i = 0u; i < LANES; i++) {
      sum += partial[local.y * LANES + i];
    }
    dweights[pair] = sum;
  }
}
