namespace FedHe.MLBridge.Layout;

/// <summary>
/// A model whose floating values can be read by ranges of the flat vector: <see cref="ModelParameters"/>, or a host's own
/// storage of a model too large for one object. It must give the same values every time.
/// </summary>
public interface IFlatModel
{
    /// <summary>The layout of the model.</summary>
    ModelLayout Layout { get; }

    /// <summary>Copies values in their tensors' own units.</summary>
    /// <param name="start">Position in the flat vector.</param>
    /// <param name="destination">Receives as many values as it holds; the range may span several tensors.</param>
    void CopyFlatTo(int start, Span<double> destination);
}
