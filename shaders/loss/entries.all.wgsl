// Of which entries a divergence is: the whole vocabulary.

fn norms_of(row: u32) -> Norms {
  return whole_norms(row);
}

fn chosen(row: u32, i: u32, student: f32, teacher: f32) -> bool {
  return true;
}

fn outside(student: f32, norms: Norms, tail: f32, slope: f32) -> f32 {
  return 0.0;
}
