//! The scale on which a network sees images.

use super::images::Shape;
use crate::numeric;

/// What training does to a value before a network sees it: `(value / 255 − mean) / deviation`, by channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    /// The mean of each channel over the training images, of values on [0, 1].
    pub mean: Vec<f32>,
    /// The standard deviation of each channel over the training images, > 0; 1 for a channel that never varies.
    pub deviation: Vec<f32>,
}

impl Normalisation {
    /// Of `pixels`, `[image][channel][row][column]`: the training part and nothing else.
    pub(super) fn of(pixels: &[u8], shape: Shape) -> Self {
        let area = shape.height * shape.width;
        let mut sums = vec![(0u64, 0u64); shape.channels];
        for image in pixels.chunks_exact(shape.values()) {
            for (plane, (sum, squares)) in image.chunks_exact(area).zip(&mut sums) {
                *sum += plane.iter().map(|value| u64::from(*value)).sum::<u64>();
                *squares += plane.iter().map(|value| u64::from(*value) * u64::from(*value)).sum::<u64>();
            }
        }
        let count = (pixels.len() / shape.channels) as f64;
        let moments = |&(sum, squares): &(u64, u64)| {
            let mean = sum as f64 / count;
            let variance = squares as f64 / count - mean * mean;
            // One grey level of 255 apart in half of the pixels has variance 1/4; less is rounding.
            let deviation = if variance > 1e-6 { numeric::sqrt(variance) / 255.0 } else { 1.0 };
            ((mean / 255.0) as f32, deviation as f32)
        };
        let (mean, deviation) = sums.iter().map(moments).unzip();
        Self { mean, deviation }
    }

    /// Writes `pixels`, `[channel][row][column]`, as a network sees them.
    pub(super) fn write(&self, pixels: &[u8], to: &mut Vec<f32>) {
        let area = pixels.len() / self.mean.len();
        for ((plane, mean), deviation) in pixels.chunks_exact(area).zip(&self.mean).zip(&self.deviation) {
            to.extend(plane.iter().map(|value| (f32::from(*value) / 255.0 - mean) / deviation));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_has_mean_0_and_deviation_1() {
        let shape = Shape { channels: 2, height: 1, width: 2 };
        let pixels = [0, 100, 7, 7, 200, 60, 7, 7];
        let normalisation = Normalisation::of(&pixels, shape);
        let mut seen = Vec::new();
        pixels.chunks(4).for_each(|image| normalisation.write(image, &mut seen));
        let first: Vec<f32> = seen.chunks(4).flat_map(|image| [image[0], image[1]]).collect();
        let mean = first.iter().sum::<f32>() / 4.0;
        let square = first.iter().map(|x| x * x).sum::<f32>() / 4.0;
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-5, "{first:?}");
        // A channel that never varies is 0, not infinite.
        assert!(seen.chunks(4).all(|image| image[2].abs() < 1e-6 && image[3].abs() < 1e-6));
    }
}
