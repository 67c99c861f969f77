namespace FedHe.Crypto.Errors;

/// <summary>
/// A value exception refuses a value that cannot be encoded for encryption. It names the index of the value, never the
/// value.
/// </summary>
public sealed class HeValueException : HeException
{
    /// <summary>Creates an exception for the value at an index.</summary>
    public HeValueException(ValueError error, int index)
        : base(error == ValueError.NotFinite
            ? $"The value at index {index} is not a finite number. Repair or skip the update."
            : $"The value at index {index} is outside the declared bound. Clip it or declare a larger bound.")
    {
        Error = error;
        Index = index;
    }

    /// <summary>The reason why the value was refused.</summary>
    public ValueError Error { get; }

    /// <summary>The index of the first refused value in the span that was to be encrypted.</summary>
    public int Index { get; }
}
