using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>
/// The exception for training that moved the half of an adapter that the round keeps. It names the value's tensor and index, never the value.
/// </summary>
public sealed class FrozenAdapterException : HeException
{
    /// <summary>Creates the exception for the first value of a tensor that changed.</summary>
    /// <param name="tensor">The name of the tensor.</param>
    /// <param name="index">The row-major index of the value.</param>
    public FrozenAdapterException(string tensor, int index)
        : base($"Training changed the value at index {index} of tensor '{tensor}', which this round keeps. Train the other half of the adapters alone, " +
            "without weight decay or momentum on this one.")
    {
        Tensor = tensor;
        Index = index;
    }

    /// <summary>The name of the tensor that holds the value.</summary>
    public string Tensor { get; }

    /// <summary>The row-major index of the tensor's first value that changed.</summary>
    public int Index { get; }
}
