// Second launch of gradient-norm: from the sums of the pieces to the norm and what to multiply gradients by.
//   norm = [ |g|, min(1, max_grad_norm / (|g| + 1e-6)) ], as torch.nn.utils.clip_grad_norm_; max_grad_norm = hyper[7], 0 = never clip.
//   partial [P], hyper [8] -> norm [2]. One workgroup of 64; fixed order. Inf and NaN come through in norm[0].

struct Params {
  pieces: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read> hyper: array<f32>;
@group(0) @binding(3) var<storage, read_write> norm: array<f32>;

const SIZE = 64u;
var<workgroup> sums: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.pieces; i += SIZE) {
    sum += partial[i];
  }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    let length = sqrt(sums[0]);
    let limit = hyper[7];
    norm[0] = length;
    norm[1] = select(1.0, min(1.0, limit / (length + 1e-6)), limit > 0.0);
  }
}
