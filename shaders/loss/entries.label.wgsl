// Of which entries a divergence is: the label alone, with its probability in the whole vocabulary.

fn norms_of(row: u32) -> Norms {
  return whole_norms(row);
}

fn chosen(row: u32, i: u32, student: f32, teacher: f32) -> bool {
  return i == u32(labels[row]);
}

// d log p_label / d z_j = -p_j
fn outside(student: f32, norms: Norms, tail: f32, slope: f32) -> f32 {
  return -exp(log_p(student, norms.student)) * slope;
}
