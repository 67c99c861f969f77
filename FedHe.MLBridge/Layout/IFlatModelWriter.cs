namespace FedHe.MLBridge.Layout;

/// <summary>Takes the averages of a model too large for one object.</summary>
public interface IFlatModelWriter
{
    /// <summary>Takes the next averages: ranges arrive in order, without gaps, each once.</summary>
    /// <param name="start">Position in the flat vector.</param>
    /// <param name="averages">Averages in their tensors' own units, within the tensors' bounds; valid during the call.</param>
    void Write(int start, ReadOnlySpan<double> averages);
}
