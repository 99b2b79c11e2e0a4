// The load-balancing loss, once all layers have added to `sums`: aux = E * sum over e of f_e * P_e, with f = sums[0] / n, P = sums[1] / n and
// n = count[0] * layers. Adds it to stats[at]. One invocation: E is small and the order of the sum fixed.

struct Params {
  experts: u32,
  layers: u32,
  at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> count: array<u32>;
@group(0) @binding(3) var<storage, read_write> stats: array<f32>;

@compute @workgroup_size(1)
fn main() {
  let n = f32(count[0] * params.layers);
  var sum = 0.0;
  for (var e = 0u; e < params.experts; e++) {
    sum += (sums[e] / n) * (sums[params.experts + e] / n);
  }
  stats[params.at] += f32(params.experts) * sum;
}
