using FedHe.Crypto.Errors;

namespace FedHe.Safetensors.Errors;

/// <summary>
/// A safetensors exception refuses a file, an index or a model in them. Its message names the tensor and says what to do, and
/// contains no value.
/// </summary>
public sealed class SafetensorsException : HeException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">What was wrong and what to do.</param>
    /// <param name="tensor">The name of the tensor concerned, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    public SafetensorsException(SafetensorsError error, string message, string? tensor = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        Tensor = tensor;
    }

    /// <summary>The reason for the refusal.</summary>
    public SafetensorsError Error { get; }

    /// <summary>The name of the tensor concerned, as the file has it; null where no single tensor is.</summary>
    public string? Tensor { get; }
}
