using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>
/// The exception for a value of a model that cannot be encrypted. It names the value's tensor and index, never the
/// value.
/// </summary>
public sealed class ModelValueException : HeException
{
    /// <summary>Creates the exception for the value at an index of a tensor.</summary>
    public ModelValueException(ValueError error, string tensor, long index)
        : base(error == ValueError.NotFinite
            ? $"The value at index {index} of tensor '{tensor}' is not a finite number. Repair or skip the update."
            : $"The value at index {index} of tensor '{tensor}' is outside the tensor's bound. Clip it, or agree upon a larger bound.")
    {
        Error = error;
        Tensor = tensor;
        Index = index;
    }

    /// <summary>The reason why the value cannot be encrypted.</summary>
    public ValueError Error { get; }

    /// <summary>The name of the tensor that holds the value.</summary>
    public string Tensor { get; }

    /// <summary>The row-major index of the tensor's first value that cannot be encrypted.</summary>
    public long Index { get; }
}
