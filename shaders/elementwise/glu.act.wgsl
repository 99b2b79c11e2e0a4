// The activations of gated MLPs, as g * s(t(g)) with s the logistic function. Goes in front of a kernel that has `kind` in Params.
//   0  SiLU: t = g
//   1  GELU by tanh: t = 2 sqrt(2/pi) (g + 0.044715 g^3), since (1 + tanh(u)) / 2 = s(2u)

const STEEP = 1.5957691216057308;
const CUBE = 0.044715;

// t(g) and its slope.
fn inner(g: vec4<f32>) -> mat2x4<f32> {
  if (params.kind == 0u) {
    return mat2x4<f32>(g, vec4<f32>(1.0));
  }
  return mat2x4<f32>(STEEP * (g + CUBE * g * g * g), STEEP * (1.0 + 3.0 * CUBE * g * g));
}

fn logistic(t: vec4<f32>) -> vec4<f32> {
  return 1.0 / (1.0 + exp(-clamp(t, vec4<f32>(-80.0), vec4<f32>(80.0))));
}

fn act(g: vec4<f32>) -> vec4<f32> {
  return g * logistic(inner(g)[0]);
}
