using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>The label gradients of a model and its samples, computed by the host's own training framework.</summary>
/// <remarks>
/// One backward pass answers a call of <see cref="Gradient"/>. For a direction v it computes, for cross-entropy, the
/// gradient of -sum_c v_c log p_c; for mean squared error, the gradient of -(2/C) sum_c v_c z_c; for binary
/// cross-entropy with logits, the gradient of -sum_c v_c z_c.
/// </remarks>
public interface ILabelGradients
{
    /// <summary>The layout of the model.</summary>
    ModelLayout Layout { get; }

    /// <summary>The number of samples, at least 1.</summary>
    int SampleCount { get; }

    /// <summary>The number of entries in a label vector, at least 1.</summary>
    int ClassCount { get; }

    /// <summary>Returns the index of a sample's true label in the label vector.</summary>
    int LabelOf(int sample);

    /// <summary>
    /// Computes the derivative of d loss / d w in a direction of the label: destination[m] = sum_c direction[c] *
    /// d/dy_c (d loss / d w_m).
    /// </summary>
    /// <param name="sample">The index of the sample.</param>
    /// <param name="direction">The direction: one number for each entry of the label vector.</param>
    /// <param name="destination">Receives the derivative for each position of the flat vector.</param>
    void Gradient(int sample, ReadOnlySpan<float> direction, Span<float> destination);
}
