using FedHe.Learning.Models;
using FedHe.Learning.Tensors;

namespace FedHe.PrivacyAudit;

/// <summary>The sensitivity of every parameter, computed from samples.</summary>
/// <remarks>Source: FedML-HE, section 2.4: S_m = (1/K) sum over k of |d/dy_k (d loss / d w_m)|. Cross-entropy is linear
/// in the label, so the mixed derivative at the true label is the sample's own gradient: one backward pass a sample,
/// exact. The absolute value is taken sample by sample, before averaging.</remarks>
internal static class SensitivityMap
{
    /// <param name="model">The model.</param>
    /// <param name="samples">[samples, ...sample shape].</param>
    /// <param name="labels">One class index per sample.</param>
    public static float[] Of(Model model, Tensor samples, ReadOnlySpan<int> labels)
    {
        float[] sums = new float[model.ParameterCount];
        int length = model.SampleShape.ElementCount;
        for (int k = 0; k < labels.Length; k++)
        {
            var sample = new Tensor(model.SampleShape.Prepend(1), samples.Values.Slice(k * length, length).ToArray());
            float[] gradient = FlatGradient.Of(model, sample, labels.Slice(k, 1));
            for (int m = 0; m < sums.Length; m++)
            {
                sums[m] += MathF.Abs(gradient[m]) / labels.Length;
            }
        }

        return sums;
    }
}
