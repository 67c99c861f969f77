namespace FedHe.Crypto.Errors;

/// <summary>A value given for encryption cannot be encoded. The exception names its index, never the value.</summary>
public sealed class HeValueException : HeException
{
    /// <summary>Refuses the value at an index.</summary>
    public HeValueException(ValueError error, int index)
        : base(error == ValueError.NotFinite
            ? $"The value at index {index} is not a finite number. Repair or skip the update."
            : $"The value at index {index} is outside the declared bound. Clip it or declare a larger bound.")
    {
        Error = error;
        Index = index;
    }

    /// <summary>What is wrong with the value.</summary>
    public ValueError Error { get; }

    /// <summary>Index of the first offending value in the span that was to be encrypted.</summary>
    public int Index { get; }
}
