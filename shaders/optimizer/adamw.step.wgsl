// One AdamW step over flat arenas, with clipping and the clearing of the gradient in the same pass. Semantics of torch.optim.AdamW:
//   g = gradient * norm[1]
//   p *= 1 - lr * weight_decay
//   m += (g - m) (1 - beta1)            v = beta2 v + (1 - beta2) g^2
//   p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
// hyper [8], computed by the host in float64 (1 - 0.999 taken in f32 would be wrong by 5e-5):
//   [0] lr / (1 - beta1^t)   [1] 1 - lr * weight_decay   [2] 1 - beta1   [3] beta2   [4] 1 - beta2   [5] 1 / sqrt(1 - beta2^t)
//   [6] epsilon   [7] max_grad_norm, for gradient-norm
// A norm that is not finite leaves p, m and v as they are; the gradient is cleared all the same.
//   norm [2], hyper [8], param, gradient, m, v [n] persistent; n a multiple of 4. One invocation a quad; dispatch ceil(n / 4 / 256), folded.

struct Params {
  quads: u32, // n / 4
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> norm: array<u32>; // f32 bits, so that the test for infinity is about bits
@group(0) @binding(2) var<storage, read> hyper: array<f32>;
@group(0) @binding(3) var<storage, read_write> param: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> v: array<vec4<f32>>;

const EXPONENT = 0x7f800000u; // all ones in infinity and NaN

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (params.first_x + group.y * groups.x + group.x) * 256u + lane;
  if (i >= params.quads) {
    return;
  }
  if ((norm[0] & EXPONENT) != EXPONENT) {
    let g = gradient[i] * bitcast<f32>(norm[1]);
    let first = m[i] + (g - m[i]) * hyper[2];
    let second = v[i] * hyper[3] + g * g * hyper[4];
    m[i] = first;
    v[i] = second;
    param[i] = param[i] * hyper[1] - hyper[0] * (first / (sqrt(second) * hyper[5] + hyper[6]));
  }
  gradient[i] = vec4<f32>(0.0);
}
