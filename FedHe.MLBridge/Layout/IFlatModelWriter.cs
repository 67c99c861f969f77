namespace FedHe.MLBridge.Layout;

/// <summary>A flat model writer receives the averages of a model that is too large for one object.</summary>
public interface IFlatModelWriter
{
    /// <summary>Receives the next averages; the ranges arrive in order, without gaps, each exactly once.</summary>
    /// <param name="start">The position of the first average in the flat vector.</param>
    /// <param name="averages">
    /// The averages in their tensors' own units, within the tensors' bounds; valid only during the call.
    /// </param>
    void Write(long start, ReadOnlySpan<double> averages);
}
