// A kernel for a few rows without an adapter: what stands in the place of LoRA's ways up (see linear-branch).

fn branch(which: u32, n: vec4<u32>, row: u32, lane: u32, lanes: u32) -> vec4<f32> {
  return vec4<f32>();
}

fn branch4(which: u32, n: vec4<u32>, rows: vec4<u32>, lane: u32, lanes: u32) -> mat4x4<f32> {
  return mat4x4<f32>();
}
