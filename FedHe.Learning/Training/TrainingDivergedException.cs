namespace FedHe.Learning.Training;

/// <summary>The exception for training whose loss is no longer a finite number.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Creates the exception with its standard message.</summary>
    public TrainingDivergedException()
        : this("The loss is no longer finite. Lower the learning rate or the momentum, and check that the features are scaled.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
