namespace FedHe.Learning.PerSample;

/// <summary>The exception for a sample whose gradient cannot be clipped, because a value of it is NaN or infinite.</summary>
public sealed class NonFiniteGradientException : Exception
{
    /// <summary>Creates the exception for a sample.</summary>
    /// <param name="sample">The position of the sample in its dataset or batch, at least 0.</param>
    public NonFiniteGradientException(int sample)
        : this($"The gradient of sample {sample} has a value that is NaN or infinite. Check the sample and the model, or choose NonFiniteGradients.Zero.")
        => Sample = sample;

    /// <summary>Creates the exception with its standard message.</summary>
    public NonFiniteGradientException()
        : this("The gradient of a sample has a value that is NaN or infinite. Check the samples and the model, or choose NonFiniteGradients.Zero.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public NonFiniteGradientException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public NonFiniteGradientException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The position of the sample in its dataset or batch, or -1 where it is not known.</summary>
    public int Sample { get; } = -1;
}
