// Joins the spans of attention-step.forward, in order, and adds the sink: with m the largest peak,
//   y = sum over spans of e^(peak - m) out / (sum over spans of e^(peak - m) sum + e^(sink - m)).
//   partial [B, spans, H, D + 4], sinks [H] -> y [B, H*D]; 0 for a row that rests. One invocation a quad of y; dispatch ceil(B*H*D/4 / 64), folded.

struct Params {
  rows: u32,
  heads: u32,
  quads: u32, // D / 4
  spans: u32,
  sinks: u32, // 0: no sinks; the binding is a stand-in
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> sinks: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let head = i / params.quads % params.heads;
  let row = i / params.quads / params.heads;
  if (row >= params.rows) {
    return;
  }
  let stride = params.heads * (params.quads + 1u); // between spans
  let at = row * params.spans * stride + head * (params.quads + 1u);
  var peak = -3e38;
  var total = 0.0;
  if (params.sinks != 0u) {
    peak = sinks[head];
    total = 1.0;
  }
  let sink = peak;
  for (var s = 0u; s < params.spans; s++) {
    peak = max(peak, partial[at + s * stride + params.quads].x);
  }
  total *= exp(sink - peak);
  var sum = vec4<f32>();
  var any = false;
  for (var s = 0u; s < params.spans; s++) {
    let stats = partial[at + s * stride + params.quads];
    let fade = exp(stats.x - peak);
    total += stats.y * fade;
    sum += partial[at + s * stride + i % params.quads] * fade;
    any = any || stats.y > 0.0;
  }
  y[i] = select(vec4<f32>(), sum / total, any);
}
