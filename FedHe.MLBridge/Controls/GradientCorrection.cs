using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Controls;

/// <summary>
/// A gradient correction is what a client adds to its gradient in every local step of a round: the mean of all clients' control variates minus its own, the paper's
/// c - c_i. It tells of the client's records, and is to be kept like them.
/// </summary>
public sealed class GradientCorrection
{
    private readonly float[] _values;

    /// <summary>Creates the correction of a round.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="mean">The mean of all clients' control variates.</param>
    /// <param name="own">The client's own control variate.</param>
    /// <exception cref="Crypto.Errors.HeMismatchException">A control variate has another length than the layout's flat vector.</exception>
    public GradientCorrection(ModelLayout layout, ControlVariate mean, ControlVariate own)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(own);
        if (mean.Values.Length != layout.ParameterCount || own.Values.Length != layout.ParameterCount)
        {
            throw Throw.LayoutMismatch();
        }

        Layout = layout;
        _values = new float[mean.Values.Length];
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i] = ControlVariate.ToFinite((double)mean.Values[i] - own.Values[i]);
        }
    }

    /// <summary>The layout of the model.</summary>
    public ModelLayout Layout { get; }

    /// <summary>The correction of each value of the flat vector, in units of gradients.</summary>
    public ReadOnlyMemory<float> Values => _values;

    /// <summary>Returns the correction of a tensor's gradient in row-major order; it is empty for tensors that stay with their client, whose gradients are as they are.</summary>
    /// <param name="name">The name of the tensor.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public ReadOnlyMemory<float> Of(string name)
    {
        int index = Layout.IndexOf(name);
        TensorSpec tensor = Layout.Tensors[index];
        return tensor.IsAggregated ? _values.AsMemory((int)Layout.OffsetOf(index), (int)tensor.ElementCount) : ReadOnlyMemory<float>.Empty;
    }
}
