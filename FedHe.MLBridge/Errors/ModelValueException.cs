using FedHe.Crypto.Errors;

namespace FedHe.MLBridge.Errors;

/// <summary>A value of a model cannot be encrypted. The exception names its tensor and index, never the value.</summary>
public sealed class ModelValueException : HeException
{
    /// <summary>Refuses the value at an index of a tensor.</summary>
    public ModelValueException(ValueError error, string tensor, int index)
        : base(error == ValueError.NotFinite
            ? $"The value at index {index} of tensor '{tensor}' is not a finite number. Repair or skip the update."
            : $"The value at index {index} of tensor '{tensor}' is outside the tensor's bound. Clip it, or agree upon a larger bound.")
    {
        Error = error;
        Tensor = tensor;
        Index = index;
    }

    /// <summary>What is wrong with the value.</summary>
    public ValueError Error { get; }

    /// <summary>Name of the tensor.</summary>
    public string Tensor { get; }

    /// <summary>Row-major index of the first offending value in the tensor.</summary>
    public int Index { get; }
}
