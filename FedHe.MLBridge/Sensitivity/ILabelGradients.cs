using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// A host's own training framework, asked for what the sensitivity of its model is made of. One backward pass answers a
/// question: for cross-entropy the gradient of -sum_c v_c log p_c, for mean squared error that of -(2/C) sum_c v_c z_c,
/// for binary cross-entropy with logits that of -sum_c v_c z_c.
/// </summary>
public interface ILabelGradients
{
    /// <summary>The model.</summary>
    ModelLayout Layout { get; }

    /// <summary>Number of samples, at least 1.</summary>
    int SampleCount { get; }

    /// <summary>Entries of a label vector, at least 1.</summary>
    int ClassCount { get; }

    /// <summary>The entry of the true label of a sample.</summary>
    int LabelOf(int sample);

    /// <summary>
    /// The derivative of d loss / d w in a direction of the label: destination[m] = sum_c direction[c] * d/dy_c (d loss / d w_m).
    /// </summary>
    /// <param name="sample">Index of the sample.</param>
    /// <param name="direction">One number for each entry of the label.</param>
    /// <param name="destination">Receives one number for each position of the flat vector.</param>
    void Gradient(int sample, ReadOnlySpan<float> direction, Span<float> destination);
}
