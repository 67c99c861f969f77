namespace FedHe.MLBridge.Layout;

/// <summary>
/// A flat model gives access to its floating values by ranges of the flat vector. It must return the same values every
/// time.
/// </summary>
/// <remarks>
/// <see cref="ModelParameters"/> is one; a host implements others for models too large for one object.
/// </remarks>
public interface IFlatModel
{
    /// <summary>The layout of the model.</summary>
    ModelLayout Layout { get; }

    /// <summary>Copies a range of the flat vector, in the tensors' own units.</summary>
    /// <param name="start">The position of the first value in the flat vector.</param>
    /// <param name="destination">Receives the values and sets their number; the range may span several tensors.</param>
    void CopyFlatTo(long start, Span<double> destination);
}
